"""Waiting for a connector that was just started anew."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from tidelake.cli.following.connect_api import ConnectApi, ConnectorStatus
from tidelake.cli.following.database import SourceDatabase
from tidelake.cli.following.facts import SlotFacts
from tidelake.cli.following.following import Following
from tidelake.cli.following.problems import ConnectorFailed, NotFollowing
from tidelake.contracts.contract import Contract, SourceTable
from tidelake.tables.memory_objects import MemoryObjects
from tidelake.testkit.clock import FakeClock

RUNNING, STARTING = ConnectorStatus("running"), ConnectorStatus("starting")
OLD, NEW = ConnectorStatus("failed", "the old reason"), ConnectorStatus("failed", "the new reason")


@dataclass
class Says:
    """Connect and a database, as far as waiting asks them. The last status stays."""

    statuses: Sequence[ConnectorStatus]
    _left: Iterator[ConnectorStatus] = field(init=False)

    def __post_init__(self) -> None:
        self._left = iter(self.statuses)

    def status(self, name: str) -> ConnectorStatus:
        return next(self._left, self.statuses[-1])

    def slot(self, name: str) -> SlotFacts:
        return SlotFacts(active=True, retained_bytes=0)


def wait(contract: Contract, table: SourceTable, *said: ConnectorStatus, seconds: float = 60) -> list[str]:
    """What was waited for, a quarter of a second each."""
    says, waited = Says(said), list[str]()
    clock = FakeClock(datetime(2026, 1, 31, tzinfo=UTC))
    database, connect = cast("SourceDatabase", says), cast("ConnectApi", says)
    following = Following(contract, table, database, connect, MemoryObjects(), Path("login"), 1)

    def pause(span: timedelta) -> bool:
        clock.advance(span)
        return False

    assert following.wait(timedelta(seconds=seconds), clock, pause, waited.append)
    return waited


def test_a_connector_that_reads_is_not_waited_for(contract: Contract, table: SourceTable) -> None:
    assert wait(contract, table, RUNNING) == []


def test_what_a_connector_failed_of_before_it_was_started_anew_is_no_failure(
    contract: Contract, table: SourceTable
) -> None:
    waited = wait(contract, table, OLD, OLD, OLD, STARTING, RUNNING)
    assert ["starting anew" in one for one in waited] == [True, True, True, False]


def test_what_it_fails_of_after_another_state_is_told_at_once(contract: Contract, table: SourceTable) -> None:
    with pytest.raises(ConnectorFailed, match="the new reason"):
        wait(contract, table, OLD, STARTING, NEW, RUNNING)


@pytest.mark.parametrize("seconds", [0, 3, 60])
def test_a_failure_that_stays_is_told_after_some_seconds(
    contract: Contract, table: SourceTable, seconds: int
) -> None:
    stays = [OLD] * (min(seconds, 10) * 4 + 1)
    with pytest.raises(ConnectorFailed, match="the old reason"):
        wait(contract, table, *stays, RUNNING, seconds=seconds)


def test_one_that_only_starts_is_not_called_failed(contract: Contract, table: SourceTable) -> None:
    with pytest.raises(NotFollowing, match="still starting"):
        wait(contract, table, OLD, STARTING, seconds=60)
