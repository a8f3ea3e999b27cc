"""What doctor says of a table that is followed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest
from tidelake.cli.following.connect_api import ConnectApi
from tidelake.cli.following.database import SourceDatabase
from tidelake.cli.following.facts import SourceFacts
from tidelake.cli.following.findings import findings_of
from tidelake.cli.following.following import Following
from tidelake.cli.following.problems import ConnectAway, DatabaseAway
from tidelake.contracts.contract import Contract
from tidelake.contracts.source_epoch import SourceEpoch, keep_epoch
from tidelake.local.finding import Finding
from tidelake.runtime.shutdown import Deadline
from tidelake.streams.connectors import ConnectorState, ConnectorStatus
from tidelake.tables.memory_objects import MemoryObjects
from tidelake.testkit.clock import FakeClock

GONE = SourceFacts("lake_airports", "logical", replicates=True)
"""The table is not there."""


@dataclass
class Says:
    """Connect and a database; None: it does not answer. The last status stays."""

    statuses: list[ConnectorState] | None
    facts: SourceFacts | None = GONE

    def status(self, name: str) -> ConnectorStatus:
        if self.statuses is None:
            raise ConnectAway("http://connect", "does not answer")
        return ConnectorStatus(self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0])

    def look(self, table: object, publication: str) -> SourceFacts:
        if self.facts is None:
            raise DatabaseAway("airports", Path("login"), "refused.")
        return self.facts

    def epoch(self) -> SourceEpoch:
        return SourceEpoch("1", 1)


def found(contract: Contract, says: Says, *, old: bool = False) -> Sequence[Finding]:
    assert contract.table is not None
    database, connect = cast("SourceDatabase", says), cast("ConnectApi", says)
    objects, clock = MemoryObjects(), FakeClock()
    keep_epoch(objects, contract.dataset, contract.major, SourceEpoch("1", 1))
    following = Following(contract, contract.table, database, connect, objects, Path("login"), 1)

    def pause() -> None:
        clock.advance(timedelta(seconds=1))

    return findings_of(following, Deadline(timedelta(seconds=5), clock), pause, old=old)


@pytest.mark.parametrize(
    ("state", "seen", "advice"),
    [
        ("absent", "is not there", "makes it again"),
        ("starting", "has no task that runs", "./lake logs connect"),
        ("paused", "is paused", "resumes it"),
        ("stopped", "is stopped", "resumes it"),
        ("failed", "has failed: it does not say why", "starts it anew"),
    ],
)
def test_a_connector_that_does_not_work_is_told_and_so_is_its_table(
    contract: Contract, state: ConnectorState, seen: str, advice: str
) -> None:
    connector, table = found(contract, Says([state]))
    assert f"planes (airports.app.planes): its connector cdc.planes {seen}." in connector.seen
    assert advice in connector.advice
    assert "There is no table app.planes" in table.seen
    assert "make the table" in table.advice


def test_one_that_comes_to_run_within_some_seconds_is_no_trouble(contract: Contract) -> None:
    (table,) = found(contract, Says(["starting", "starting", "running"]))
    assert "no table" in table.seen


def test_who_does_not_answer_is_no_connectors_trouble(contract: Contract) -> None:
    (table,) = found(contract, Says(None))
    assert "no table" in table.seen
    (away,) = found(contract, Says(["running"], facts=None))
    assert "The database airports can't be asked: refused." in away.seen
    assert not away.ok


def test_an_old_major_version_whose_connector_was_deleted_is_followed_no_more(contract: Contract) -> None:
    assert found(contract, Says(["absent"]), old=True) == []
    assert found(contract, Says(["paused"]), old=True)


def test_a_database_in_another_life_is_told(contract: Contract) -> None:
    class Promoted(Says):
        def epoch(self) -> SourceEpoch:
            return SourceEpoch("1", 2)

    assert contract.table is not None
    fit = replace(
        GONE, kind="r", readable=True, key=contract.id_fields, identity="d", owned=True, may_publish=True
    )
    (one,) = found(replace(contract, fields=()), Promoted(["running"], fit))
    assert "restored or promoted" in one.seen
