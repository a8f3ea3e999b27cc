import pytest
from tidelake.runtime.ports import AddressUnusable, PortTaken, listen


def test_port_0_is_any_free_one():
    with listen("127.0.0.1", 0, "X_HTTP_PORT") as listener:
        assert listener.getsockname()[1] > 0


def test_a_port_that_is_taken_is_named_with_what_to_set():
    with listen("127.0.0.1", 0, "X_HTTP_PORT") as listener:
        port = listener.getsockname()[1]
        with pytest.raises(PortTaken, match=f"Port {port} on 127.0.0.1 is already taken.*set X_HTTP_PORT"):
            listen("127.0.0.1", port, "X_HTTP_PORT")


def test_a_port_is_free_again_once_it_was_closed():
    with listen("127.0.0.1", 0, "X_HTTP_PORT") as listener:
        port = listener.getsockname()[1]
    listen("127.0.0.1", port, "X_HTTP_PORT").close()


def test_an_address_of_another_machine_is_refused_in_words():
    with pytest.raises(AddressUnusable, match="X_HTTP_PORT and its host"):
        listen("192.0.2.1", 0, "X_HTTP_PORT")
