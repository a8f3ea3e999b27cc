"""What is said of a store that gave no answer."""

import socket

import pytest
import requests
from google.api_core import exceptions as gcs
from tidelake.tables.errors import StoreUnavailable
from tidelake.tables.no_answer import told


def refused() -> requests.ConnectionError:
    """What the client raises where nobody listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = int(unused.getsockname()[1])
        with pytest.raises(requests.ConnectionError) as caught:
            requests.get(f"http://127.0.0.1:{port}/", timeout=5)
    return caught.value


def test_a_refused_connection_is_named_in_the_systems_words() -> None:
    assert told(refused()) == "no connection could be made or kept (Connection refused)"


def test_what_a_retry_gave_up_on_is_named_and_not_the_retry() -> None:
    cause = gcs.RetryError("Timeout of 5.0s exceeded", refused())
    assert told(cause) == told(refused())


@pytest.mark.parametrize("cause", [requests.ReadTimeout("read timed out"), TimeoutError()])
def test_a_store_that_hangs_did_not_answer_in_time(cause: Exception) -> None:
    assert told(cause) == "it did not answer in time"


def test_an_answer_of_the_store_itself_is_shown_in_one_line() -> None:
    assert told(gcs.ServiceUnavailable("come\nback later.")) == "503 come back later"


def test_the_sentence_is_true_for_a_command_that_has_ended_too() -> None:
    text = str(StoreUnavailable("list", "contracts/", told(gcs.RetryError("Timeout", refused()))))
    assert "It is tried again" not in text
    assert "RetryError" not in text
