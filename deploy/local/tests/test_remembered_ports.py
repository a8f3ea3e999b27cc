"""A stack is found where it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from tidelake.local.home import Home
from tidelake.local.ports import StackPorts
from tidelake.local.process import launch
from tidelake.local.remembered_ports import OtherPorts, ports_of, remember

if TYPE_CHECKING:
    from .conftest import ToyEngine

    Toy = Callable[..., ToyEngine]

MOVED = StackPorts().moved(2000)


def test_without_the_setting_the_ports_are_those_of_the_last_start(home: Home) -> None:
    assert ports_of(home, {}) == StackPorts()
    remember(home, MOVED)
    assert ports_of(home, {}) == MOVED
    assert ports_of(home, {"LAKE_PORTS": " "}) == MOVED


def test_a_stopped_stack_may_be_moved_and_moved_back(home: Home) -> None:
    remember(home, MOVED)
    assert ports_of(home, {"LAKE_PORTS": "3000"}) == StackPorts().moved(3000)
    assert ports_of(home, {"LAKE_PORTS": "0"}) == StackPorts()


def test_a_running_stack_is_not_looked_for_elsewhere(home: Home, toy: Toy) -> None:
    remember(home, MOVED)
    engine = toy("kafka")
    launch(engine, engine.prepare(), home)
    with pytest.raises(OtherPorts, match="started with LAKE_PORTS=2000, and LAKE_PORTS=3000 is set"):
        ports_of(home, {"LAKE_PORTS": "3000"})
    assert ports_of(home, {"LAKE_PORTS": "2000"}) == MOVED
    assert ports_of(home, {}) == MOVED


@pytest.mark.parametrize("text", ["", "many", "99999", "\x00"])
def test_what_nobody_could_have_kept_is_not_read(home: Home, text: str) -> None:
    home.ports.write_text(text)
    assert ports_of(home, {}) == StackPorts()


def test_ports_that_the_setting_can_not_name_are_not_kept(home: Home) -> None:
    remember(home, MOVED)
    remember(home, StackPorts(kafka=1234))
    assert ports_of(home, {}) == StackPorts()


def test_purging_forgets_them(home: Home) -> None:
    remember(home, MOVED)
    home.purge()
    assert ports_of(home, {}) == StackPorts()
