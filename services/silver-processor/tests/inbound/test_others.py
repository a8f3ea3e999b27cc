"""Who starts while others work waits for them, and for nobody else."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection

import pytest
from silver_processor.inbound.others import Others
from tidelake.runtime.shutdown import StopSignal
from tidelake.streams.errors import BrokerUnavailable


def away() -> Collection[str]:
    raise BrokerUnavailable("asking for a group's members", "no answer within 2 s")


@pytest.mark.parametrize(
    ("members", "may_work"),
    [
        (lambda: (), False),
        (lambda: ("me",), False),
        (lambda: ("me", "you"), True),
        (away, True),
    ],
)
def test_another_member_works_and_perhaps_one_while_kafka_is_away(
    members: Callable[[], Collection[str]], may_work: bool
) -> None:
    assert Others(members, "me").may_work() is may_work


def test_the_wait_ends_with_the_last_other_one() -> None:
    seen = [("you", "me"), ("me",)]
    with StopSignal() as stop:
        Others(lambda: seen.pop(0), "me").wait_while_they_work(stop, until=lambda: False)
    assert seen == []


def test_the_wait_ends_when_its_reason_does() -> None:
    looks = [False, True]
    with StopSignal() as stop:
        Others(lambda: ("you",), "me").wait_while_they_work(stop, until=lambda: looks.pop(0))
    assert looks == []


def test_a_stop_is_heard_while_others_work() -> None:
    with StopSignal() as stop:
        threading.Timer(0.05, stop.request).start()
        Others(lambda: ("you",), "me").wait_while_they_work(stop, until=lambda: False)
        assert stop.requested
