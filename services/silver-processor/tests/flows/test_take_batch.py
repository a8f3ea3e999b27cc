"""Every bronze row has exactly one outcome, whatever happens on the way to it."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import reduce

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.classic.dataframe import DataFrame as Frame
from silver_processor.flows import take_batch as taking
from silver_processor.on_spark import TRIPS, SilverLab, trip
from tidelake.contracts.announcer import AnnouncementFailed
from tidelake.tables.announcement import CommitAnnounced
from tidelake.tables.storage import LakeStorage

pytestmark = [pytest.mark.conformance, pytest.mark.query_layer, pytest.mark.timeout(900)]


class Crash(BaseException):
    """The process ends here."""


@pytest.fixture
def lab(spark: SparkSession, storage: LakeStorage) -> SilverLab:
    return SilverLab(spark, storage)


def at(offset: int, partition: int = 0) -> tuple[str, int, int]:
    return "topic-id", partition, offset


def test_each_event_comes_once_and_every_other_row_is_explained(lab: SilverLab) -> None:
    values = [trip(1), trip(2), trip(1), trip(3, place="nowhere"), None, trip(2, place="JFK"), b"{broken"]
    (taken,) = lab.take(lab.rows(values))
    assert (taken.inserted, taken.outcomes) == (2, 5)
    assert lab.outcome_of() == {
        at(0): "inserted",
        at(1): "inserted",
        at(2): "duplicate",
        at(3): "quarantined",
        at(4): "ignored",
        at(5): "id_reused",
        at(6): "quarantined",
    }
    quarantined = {row.offset: row for row in lab.outcomes() if row.outcome == "quarantined"}
    assert bytes(quarantined[6].value) == b"{broken"
    assert [(reason.field, reason.rule) for reason in quarantined[3].reasons] == [
        ("place", "place_is_a_code")
    ]
    repeated = {row.offset: row.of.offset for row in lab.outcomes() if row.of is not None}
    assert repeated == {2: 0, 5: 1}


def test_a_batch_that_is_taken_twice_changes_nothing(lab: SilverLab) -> None:
    rows = lab.rows([trip(1), trip(1), trip(2, place="x"), None])
    lab.take(rows)
    before, versions = lab.outcome_of(), [(each.table, each.version) for each in lab.announced.commits]
    lab.take(rows, state=lab.new_state())
    assert lab.outcome_of() == before
    assert [(each.table, each.version) for each in lab.announced.commits] == versions


def test_who_begins_again_far_behind_finds_each_batch_decided(lab: SilverLab) -> None:
    batches = [lab.rows([trip(nth), trip(nth), trip(nth + 10)]) for nth in range(3)]
    for batch in batches:
        lab.take(batch)
    before = lab.outcome_of()
    again = lab.new_state()
    for batch in batches:
        lab.take(batch, state=again)
    assert lab.outcome_of() == before


def test_who_is_overtaken_by_several_batches_decides_none_of_them_again(lab: SilverLab) -> None:
    slow, quick = lab.new_state(), lab.new_state()
    batches = [lab.rows([trip(nth), trip(nth)]) for nth in range(5)]
    lab.take(batches[0], state=slow)
    for batch in batches[:4]:
        lab.take(batch, state=quick)
    for batch in batches[1:]:
        lab.take(batch, state=slow)
    assert Counter(lab.outcome_of().values()) == {"inserted": 5, "duplicate": 5}


def test_a_repeat_in_a_later_batch_is_found(lab: SilverLab) -> None:
    lab.take(lab.rows([trip(1), trip(2)]))
    lab.take(lab.rows([trip(2), trip(3)], after=timedelta(hours=1)))
    lab.take(lab.rows([trip(1)], partition=1, after=timedelta(days=6)))
    assert Counter(lab.outcome_of().values()) == {"inserted": 3, "duplicate": 2}


def test_rows_that_are_too_many_for_one_commit_are_taken_in_pieces(
    lab: SilverLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "MOST_ROWS", 4)
    commits = [
        lab.rows([trip(1), trip(nth), trip(nth + 10)], after=timedelta(seconds=nth)) for nth in (2, 3, 4)
    ]
    taken = lab.take(reduce(DataFrame.union, commits))
    assert [(piece.inserted, piece.outcomes) for piece in taken] == [(3, 0), (2, 1), (2, 1)]
    assert Counter(lab.outcome_of().values()) == {"inserted": 7, "duplicate": 2}


@pytest.mark.parametrize(
    ("tried_before", "at_once_bytes", "kept_by_spark"), [(False, 2**20, 0), (False, 0, 1), (True, 2**20, 1)]
)
def test_a_batch_comes_from_spark_at_once_if_it_is_small_and_nobody_fell_over_it(
    lab: SilverLab,
    monkeypatch: pytest.MonkeyPatch,
    tried_before: bool,
    at_once_bytes: int,
    kept_by_spark: int,
) -> None:
    kept: list[DataFrame] = []
    checkpoint = Frame.localCheckpoint

    def keep(frame: Frame) -> DataFrame:
        kept.append(frame)
        return checkpoint(frame)

    monkeypatch.setattr(Frame, "localCheckpoint", keep)
    monkeypatch.setattr(taking, "MOST_ROWS", 4)
    monkeypatch.setattr(taking, "AT_ONCE_BYTES", at_once_bytes)
    for nth in (2, 3, 4):
        lab.append([trip(1), trip(nth), None], after=timedelta(seconds=nth))
    lab.state.tried_before = tried_before
    reader = lab.session.read.format("delta")
    taken = lab.take(reader.load(lab.storage.uri(lab.contract.bronze_path)))
    assert [(piece.inserted, piece.outcomes) for piece in taken] == [(2, 1), (1, 2), (1, 2)]
    assert Counter(lab.outcome_of().values()) == {"inserted": 4, "duplicate": 2, "ignored": 3}
    assert len(kept) == kept_by_spark
    assert (lab.state.has_taken, lab.state.tried_before) == (True, False)


def test_a_crash_between_silver_and_its_outcomes_leaves_nothing_unexplained(lab: SilverLab) -> None:
    rows = lab.rows([trip(1), trip(1), trip(2, place="x"), None])

    def crash(_: CommitAnnounced) -> None:
        raise Crash

    lab.announced.fail = crash
    with pytest.raises(Crash):
        lab.take(rows)
    assert (len(lab.silver()), len(lab.outcomes())) == (1, 0)
    lab.announced.fail = lambda _: None
    lab.take(rows, state=lab.new_state())
    assert Counter(lab.outcome_of().values()) == {
        "inserted": 1,
        "duplicate": 1,
        "quarantined": 1,
        "ignored": 1,
    }


def test_an_announcement_that_fails_is_made_before_anything_else(lab: SilverLab) -> None:
    rows = lab.rows([trip(1)])

    def fail(commit: CommitAnnounced) -> None:
        raise AnnouncementFailed(commit.table, commit.version, "no answer")

    lab.announced.fail = fail
    with pytest.raises(AnnouncementFailed):
        lab.take(rows)
    lab.announced.fail = lambda _: None
    lab.take(rows)
    lab.take(lab.rows([trip(2)]))
    assert [(each.table, each.version) for each in lab.announced.commits] == [
        ("silver/trips", 1),
        ("silver/trips", 2),
    ]


def test_a_repeat_beyond_the_window_is_an_event_of_its_own(lab: SilverLab) -> None:
    for days in (0, 5, 8):
        lab.take(lab.rows([trip(1)], after=timedelta(days=days)))
    assert lab.outcome_of() == {at(0): "inserted", at(1): "duplicate", at(2): "inserted"}


def test_rows_of_one_batch_are_decided_as_if_they_came_one_by_one(lab: SilverLab) -> None:
    lab.take(lab.rows([trip(1)]))
    five, eight = (lab.rows([trip(1)], after=timedelta(days=days)) for days in (5, 8))
    lab.take(five.union(eight))
    assert lab.outcome_of() == {at(0): "inserted", at(1): "duplicate", at(2): "inserted"}


def test_rules_that_change_move_no_row_that_has_its_outcome(lab: SilverLab) -> None:
    first, second = lab.rows([trip(1, place="x"), trip(2)]), lab.rows([trip(3, place="x")])
    lab.take(first)
    lab.take(second, contract=lab.relaxed())
    before = lab.outcome_of()
    assert list(before.values()).count("quarantined") == 1
    for contract in (lab.relaxed(), lab.contract):
        lab.take(first.union(second), contract=contract, state=lab.new_state())
        assert lab.outcome_of() == before


def test_two_drivers_on_the_same_rows_explain_each_of_them_once(lab: SilverLab) -> None:
    batches = [lab.rows([trip(number), trip(number), trip(100 + number, place="x")]) for number in range(3)]
    barrier = threading.Barrier(2)

    def drive(_: int) -> None:
        session, state = lab.session.newSession(), lab.new_state()
        for rows in batches:
            barrier.wait(200)
            try:
                lab.take(rows, session=session, state=state)
            except BaseException:
                barrier.abort()  # else the other driver would wait for this one
                raise

    with ThreadPoolExecutor(2) as drivers:
        results = [drivers.submit(drive, number) for number in range(2)]
    failures = [result.exception() for result in results if result.exception() is not None]
    assert [one for one in failures if not isinstance(one, threading.BrokenBarrierError)] == []
    assert failures == []
    assert Counter(lab.outcome_of().values()) == {"inserted": 3, "duplicate": 3, "quarantined": 3}


def test_what_is_far_behind_its_partition_is_late_and_kept(lab: SilverLab) -> None:
    lab.take(lab.rows([trip(1, at="2026-01-10T00:00:00Z"), trip(2, at="2026-01-09T12:00:00Z")]))
    lab.take(lab.rows([trip(3, at="2026-01-08T00:00:00Z"), trip(4, at="2026-01-11T00:00:00Z")]))
    late = {row.id: row.lake_is_late for row in lab.silver()}
    assert late == {1: False, 2: False, 3: True, 4: False}


def test_an_event_whose_time_counts_as_empty_is_one_event_and_moves_no_clock(
    spark: SparkSession, storage: LakeStorage
) -> None:
    rule = """
      - name: at
        logicalType: timestamp
        required: true
        quality:
          - name: at_is_known
            type: library
            metric: missingValues
            arguments: {missingValues: ["9999-01-01T00:00:00Z"]}
            mustBeLessThan: 50
            unit: percent
            severity: error"""
    contract = TRIPS.replace("\n      - {name: at, logicalType: timestamp, required: true}", rule)
    lab = SilverLab(spark, storage, contract.replace("idFields: [id]", "idFields: [id, at]"))
    for number in (1, 1, 2):
        lab.take(lab.rows([trip(number, at="9999-01-01T00:00:00Z")]))
    lab.take(lab.rows([trip(3)]))
    assert list(lab.outcome_of().values()) == ["inserted", "duplicate", "inserted", "inserted"]
    assert {row.id: (row.at is None, row.lake_is_late) for row in lab.silver()} == {
        1: (True, None),
        2: (True, None),
        3: (False, False),
    }


def test_duplicates_move_no_clock_so_that_a_restart_changes_nothing(lab: SilverLab) -> None:
    """The second row has the id of the first, and a time that would make the third late."""
    rows = [trip(1), trip(1, at="2026-01-20T00:00:00Z"), trip(2, at="2026-01-02T00:00:00Z")]
    lab.take(lab.rows(rows))
    assert {row.id: row.lake_is_late for row in lab.silver()} == {1: False, 2: False}
