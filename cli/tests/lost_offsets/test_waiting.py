"""Waiting for the writers, and naming where none has gone on."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from tidelake.cli.lost_offsets.finding import LostRange, find_lost
from tidelake.cli.lost_offsets.waiting import StandsStill, WaitInterrupted, wait_until_passed
from tidelake.contracts.contract import Contract
from tidelake.contracts.given_up import give_up
from tidelake.testkit.clock import FakeClock

from .conftest import LosingLake


def given_up(losing: LosingLake, *contracts: Contract) -> tuple[LostRange, ...]:
    lost = find_lost(losing.lake, contracts).lost
    for each in lost:
        give_up(losing.objects, each.dataset, each.source, each.offsets)
    return lost


def wait_for(losing: LosingLake, lost: tuple[LostRange, ...], on_wait: Callable[[], object]) -> list[str]:
    """What was waited for. `on_wait` is called between two looks; what is true ends the waiting."""
    clock = FakeClock(datetime(2026, 1, 31, tzinfo=UTC))
    said: list[str] = []

    def wait(span: timedelta) -> bool:
        clock.advance(span)
        return bool(on_wait())

    wait_until_passed(losing.tables, lost, timedelta(seconds=10), clock, wait, said.append)
    return said


def test_it_ends_when_the_writers_have_gone_on_everywhere(losing: LosingLake) -> None:
    first, second = losing.publish(), losing.publish("2.0.0")
    losing.lose(first, 0, 3, 10)
    losing.lose(first, 2, 4, 10)
    losing.lose(second, 1, 5, 10)
    lost = given_up(losing, first, second)
    steps = iter([first, second])
    said = wait_for(losing, lost, lambda: losing.writer_step(next(steps)))
    assert said == [
        "bronze-writer: none has gone on at offset 3 of events.flights/0",
        "bronze-writer: none has gone on at offset 5 of events.flights.v2/1",
    ]


def test_it_does_not_wait_for_what_has_gone_on(losing: LosingLake) -> None:
    flights = losing.publish()
    losing.lose(flights, 0, 3, 10)
    lost = given_up(losing, flights)
    losing.commit(flights, 0, 5)  # a writer had some of it in its hands
    assert wait_for(losing, lost, lambda: True) == []


def test_every_partition_that_stands_still_in_the_end_is_named(losing: LosingLake) -> None:
    flights = losing.publish()
    losing.lose(flights, 0, 3, 10)
    losing.lose(flights, 2, 4, 10)
    lost = given_up(losing, flights)
    with pytest.raises(StandsStill, match=r"\./lake status") as caught:
        wait_for(losing, lost, lambda: False)
    missing = [one.rpartition(" ")[2] for one in caught.value.missing]
    assert missing == ["events.flights/0", "events.flights/2"]


def test_a_store_that_is_away_for_a_moment_is_waited_for(losing: LosingLake) -> None:
    flights = losing.publish()
    losing.lose(flights, 0, 3, 10)
    lost = given_up(losing, flights)
    losing.writer_step(flights)
    losing.tables.faults.down = True

    def comes_back() -> None:
        losing.tables.faults.down = False

    (first,) = wait_for(losing, lost, comes_back)
    assert "object store" in first


def test_it_can_be_ended_from_outside(losing: LosingLake) -> None:
    flights = losing.publish()
    losing.lose(flights, 0, 3, 10)
    with pytest.raises(WaitInterrupted, match="given up"):
        wait_for(losing, given_up(losing, flights), lambda: True)
