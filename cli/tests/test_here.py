"""Which stack a command speaks of."""

from pathlib import Path

from tidelake.cli.here import checkout, default_stack


def test_without_settings_it_is_the_one_of_this_checkout() -> None:
    assert (checkout() / "lake").is_file()
    assert default_stack({}).home.root == checkout() / ".lake"
    assert default_stack({}).ports.kafka == 19092
    assert "trino" in default_stack({}).names


def test_settings_name_another() -> None:
    stack = default_stack({"LAKE_HOME": "/x", "LAKE_PORTS": "100", "LAKE_PARTS": "road"})
    assert "trino" not in stack.names
    assert stack.home.root == Path("/x")
    assert stack.ports.kafka == 19192
