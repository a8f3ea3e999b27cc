"""Ports of a stack."""

from dataclasses import fields

import pytest
from tidelake.local.freeports import is_free
from tidelake.local.ports import InvalidPorts, StackPorts, free_offset


def test_all_ports_move_by_one_setting() -> None:
    assert StackPorts.from_environ({}) == StackPorts()
    moved = StackPorts.from_environ({"LAKE_PORTS": "1000"})
    assert (moved.gcs, moved.kafka, moved.writer) == (19080, 20092, 19111)


@pytest.mark.parametrize("text", ["many", "1e3", "60000", "-18000"])
def test_a_setting_that_moves_ports_nowhere_is_refused(text: str) -> None:
    with pytest.raises(InvalidPorts, match="LAKE_PORTS"):
        StackPorts.from_environ({"LAKE_PORTS": text})


@pytest.mark.parametrize(("last", "beyond"), [(-17056, -17057), (45568, 45569)])
def test_the_range_that_is_named_is_the_one_that_is_taken(last: int, beyond: int) -> None:
    StackPorts.from_environ({"LAKE_PORTS": str(last)})
    with pytest.raises(InvalidPorts, match="whole number from -17056 to 45568"):
        StackPorts.from_environ({"LAKE_PORTS": str(beyond)})


def test_a_second_stack_finds_ports_that_are_free() -> None:
    ports = StackPorts().moved(free_offset())
    numbers = [getattr(ports, one.name) for one in fields(ports)]
    assert all(map(is_free, [*numbers, ports.writer + 1]))


def test_no_two_processes_have_one_port() -> None:
    numbers = [getattr(StackPorts(), one.name) for one in fields(StackPorts)]
    assert len({*numbers, StackPorts().writer + 1}) == len(numbers) + 1
