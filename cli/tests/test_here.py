"""Which stack a command speaks of."""

from pathlib import Path

from tidelake.cli.here import checkout, default_stack, local_home
from tidelake.local.home import Home
from tidelake.local.ports import StackPorts
from tidelake.local.remembered_ports import remember


def test_without_settings_it_is_the_one_of_this_checkout(tmp_path: Path) -> None:
    assert (checkout() / "lake").is_file()
    assert local_home({}).root == checkout() / ".lake"
    stack = default_stack({"LAKE_HOME": str(tmp_path)})
    assert stack.ports.kafka == 19092
    assert "trino" in stack.names


def test_settings_name_another(tmp_path: Path) -> None:
    stack = default_stack({"LAKE_HOME": str(tmp_path), "LAKE_PORTS": "100", "LAKE_PARTS": "road"})
    assert "trino" not in stack.names
    assert stack.home.root == tmp_path
    assert stack.ports.kafka == 19192


def test_a_stack_is_found_on_the_ports_of_its_last_start(tmp_path: Path) -> None:
    remember(Home(tmp_path), StackPorts().moved(2000))
    assert default_stack({"LAKE_HOME": str(tmp_path)}).ports.kafka == 21092
