"""Silver made again from bronze is what the live tables are, and says where they are not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from delta.tables import DeltaTable
from pyspark.sql import DataFrame, SparkSession
from silver_processor.core.differing import UNDECIDED, Difference
from silver_processor.flows import rebuild as rebuilding
from silver_processor.flows.rebuild import RebuildStopped, Rebuilt, Wait, rebuild
from silver_processor.on_spark import SilverLab, trip
from tidelake.contracts.contract import Contract
from tidelake.runtime.clock import SystemClock
from tidelake.runtime.shutdown import Deadline, StopSignal
from tidelake.tables.storage import LakeStorage

pytestmark = [pytest.mark.conformance, pytest.mark.query_layer, pytest.mark.timeout(900)]

TOPIC_ID = "topic-id"
BATCHES: Sequence[tuple[int, Sequence[bytes | None]]] = [
    (0, [trip(1), trip(2), trip(1), trip(3, place="nowhere"), None]),
    (1, [trip(2), trip(4, at="2026-01-09T00:00:00Z"), b"{broken", trip(4, place="JFK")]),
    (0, [trip(2), trip(5, at="2025-01-01T00:00:00Z"), trip(1, place="LGA")]),
]


@pytest.fixture
def lab(spark: SparkSession, storage: LakeStorage) -> SilverLab:
    """Three batches in bronze and, as they came, in the live tables."""
    lab = SilverLab(spark, storage)
    for nth, (partition, values) in enumerate(BATCHES):
        after = timedelta(days=3 * nth)
        first = sum(row["partition"] == partition for row in lab.bronze)
        lab.append(values, partition=partition, after=after)
        lab.take(lab.rows(values, partition=partition, first=first, after=after))
    return lab


def bronze(lab: SilverLab) -> DataFrame:
    return lab.table(lab.contract.bronze_path).read()


def again(lab: SilverLab, contract: Contract | None = None, stop: StopSignal | None = None) -> Rebuilt:
    told: list[tuple[int, int]] = []
    done = rebuild(
        contract or lab.contract,
        bronze(lab),
        lab.table,
        lambda path: lab.table(f"rebuilds/{path}"),
        lab.ports(rebuilding.Nobody()),
        Wait(Deadline(timedelta(0), SystemClock()), stop or StopSignal()),
        lambda rows, total: told.append((rows, total)),
    )
    assert told[-1] == (len(lab.bronze), len(lab.bronze))
    return done


def test_what_bronze_makes_is_what_is_live(lab: SilverLab, monkeypatch: pytest.MonkeyPatch) -> None:
    assert again(lab) == Rebuilt(rows=12, inserted=4, outcomes=8, differences=())
    monkeypatch.setattr(rebuilding, "ROWS_AT_ONCE", 1)
    assert again(lab).differences == (), "taken again into the same tables, in pieces"


def test_a_row_that_was_taken_away_and_one_that_was_changed_are_named(lab: SilverLab) -> None:
    silver = DeltaTable.forPath(lab.session, lab.storage.uri(lab.contract.silver_path))
    silver.delete("id = 2")
    silver.update("id = 4", {"place": "'LGA'"})
    assert set(again(lab).differences) == {
        Difference(UNDECIDED, "inserted", 1, ((TOPIC_ID, 0, 1),)),
        Difference("inserted", "inserted", 1, ((TOPIC_ID, 1, 1),)),
    }


def test_rules_of_now_are_told_where_they_decide_otherwise(lab: SilverLab) -> None:
    (difference,) = again(lab, lab.relaxed()).differences
    assert difference == Difference("quarantined", "inserted", 1, ((TOPIC_ID, 0, 3),))


def test_live_tables_that_have_not_come_so_far_are_behind_and_no_row_is_called_lost(lab: SilverLab) -> None:
    lab.append([trip(6), trip(6)])
    found = again(lab).differences
    assert [(one.live, one.rebuilt) for one in found] == [(UNDECIDED, "duplicate"), (UNDECIDED, "inserted")]
    assert all(one.only_waits for one in found)


def test_rows_that_come_while_it_works_are_no_difference(lab: SilverLab) -> None:
    pinned = bronze(lab).localCheckpoint()
    lab.append([trip(7)], partition=1)
    lab.take(lab.rows([trip(7)], partition=1, first=4))
    done = rebuild(
        lab.contract,
        pinned,
        lab.table,
        lambda path: lab.table(f"rebuilds/{path}"),
        lab.ports(rebuilding.Nobody()),
        Wait(Deadline(timedelta(0), SystemClock()), StopSignal()),
        lambda rows, total: None,
    )
    assert done.differences == ()


def test_it_ends_when_it_is_told_to(lab: SilverLab) -> None:
    stop = StopSignal()
    stop.request()
    with pytest.raises(RebuildStopped):
        again(lab, stop=stop)
