"""Beginning to follow a table, and waiting for its connector."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from tidelake.cli.following.connect_api import ConnectApi
from tidelake.cli.following.database import SourceDatabase
from tidelake.cli.following.facts import SlotFacts, SourceFacts
from tidelake.cli.following.following import Following
from tidelake.cli.following.problems import ConnectorFailed, NotFollowing
from tidelake.contracts.contract import Contract, SourceTable
from tidelake.contracts.source_epoch import SourceEpoch
from tidelake.streams.connectors import ConnectorStatus
from tidelake.tables.memory_objects import MemoryObjects
from tidelake.testkit.clock import FakeClock

RUNNING, STARTING = ConnectorStatus("running"), ConnectorStatus("starting")
OLD, NEW = ConnectorStatus("failed", "the old reason"), ConnectorStatus("failed", "the new reason")


@dataclass
class Says:
    """Connect and a database, as far as waiting asks them. The last status stays."""

    statuses: Sequence[ConnectorStatus]
    asked: list[str] = field(default_factory=list[str])
    _left: Iterator[ConnectorStatus] = field(init=False)

    def __post_init__(self) -> None:
        self._left = iter(self.statuses)

    def status(self, name: str) -> ConnectorStatus:
        return next(self._left, self.statuses[-1])

    def put(self, name: str, config: Mapping[str, str]) -> bool:
        return False

    def resume(self, name: str) -> None:
        self.asked.append(f"resume {name}")

    def restart(self, name: str) -> None:
        self.asked.append(f"restart {name}")

    def epoch(self) -> SourceEpoch:
        return SourceEpoch("1", 1)

    def look(self, table: SourceTable, publication: str) -> SourceFacts:
        return SourceFacts("lake_airports", "logical", replicates=True, published=(str(table),))

    def slot(self, name: str) -> SlotFacts:
        return SlotFacts(active=True, retained_bytes=0)


def followed(contract: Contract, table: SourceTable, says: Says) -> Following:
    database, connect = cast("SourceDatabase", says), cast("ConnectApi", says)
    return Following(contract, table, database, connect, MemoryObjects(), Path("login"), 1)


def wait(contract: Contract, table: SourceTable, *said: ConnectorStatus, seconds: float = 60) -> list[str]:
    """What was waited for, a quarter of a second each."""
    following, waited = followed(contract, table, Says(said)), list[str]()
    clock = FakeClock(datetime(2026, 1, 31, tzinfo=UTC))

    def pause(span: timedelta) -> bool:
        clock.advance(span)
        return False

    assert following.wait(timedelta(seconds=seconds), clock, pause, waited.append)
    return waited


@pytest.mark.parametrize(
    ("status", "asked", "told"),
    [
        (ConnectorStatus("paused"), ["resume cdc.planes"], "was paused and is resumed"),
        (ConnectorStatus("stopped"), ["resume cdc.planes"], "was stopped and is resumed"),
        (OLD, ["restart cdc.planes"], "had failed and is started anew"),
        (RUNNING, [], ", as it was"),
    ],
)
def test_a_connector_that_does_not_work_is_told_and_set_going(
    contract: Contract, table: SourceTable, status: ConnectorStatus, asked: list[str], told: str
) -> None:
    says, said = Says([status]), list[str]()
    followed(contract, table, says).begin(said.append)
    assert says.asked == asked
    assert said[-1].endswith(told)


def test_one_that_is_halted_again_is_not_called_starting(contract: Contract, table: SourceTable) -> None:
    with pytest.raises(NotFollowing, match="is paused"):
        wait(contract, table, ConnectorStatus("paused"))
    with pytest.raises(NotFollowing, match="is not there"):
        wait(contract, table, ConnectorStatus("absent"))


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
    with pytest.raises(NotFollowing, match="has no task that runs"):
        wait(contract, table, OLD, STARTING, seconds=60)
