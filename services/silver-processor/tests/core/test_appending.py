"""What becomes of judged rows, against the same rules told row by row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from silver_processor.core.appending import decided, outcome_rows, silver_rows
from silver_processor.core.shaping import Stamp
from silver_processor.core.spans import pieces
from silver_processor.on_spark import BEGAN, TRIPS
from tidelake.contracts.loading import parse_contract

STAMP = Stamp(BEGAN, "1.2.0")
DAY = timedelta(days=1)

CONTRACT = parse_contract(TRIPS, "trips")
TIME = pa.timestamp("us", "UTC")
RECORD = pa.struct([("id", pa.int64()), ("at", TIME), ("place", pa.string())])
REASONS = pa.list_(pa.struct([("field", pa.string()), ("rule", pa.string())]))
BYTES = {"key": pa.binary(), "value": pa.binary(), "headers": pa.list_(pa.struct([("key", pa.string())]))}
JUDGED = pa.schema(
    {
        "topic_id": pa.string(),
        "topic": pa.string(),
        "partition": pa.int32(),
        "offset": pa.int64(),
        **BYTES,
        "received_at": TIME,
        "written_at": TIME,
        "event_id": pa.string(),
        "record": RECORD,
        "broken": REASONS,
        "event_time": TIME,
        "ignored": pa.bool_(),
    }
)
POSITION = pa.schema({"topic_id": pa.string(), "partition": pa.int32(), "offset": pa.int64()})
NOTHING = POSITION.empty_table().append_column("inserted", pa.array([], pa.bool_()))
SILVER = pa.schema(
    {
        "id": pa.int64(),
        "at": TIME,
        "place": pa.string(),
        "lake_event_id": pa.string(),
        "lake_topic_id": pa.string(),
        "lake_partition": pa.int32(),
        "lake_offset": pa.int64(),
        "lake_received_at": TIME,
        "lake_written_at": TIME,
        "lake_processed_at": TIME,
        "lake_is_late": pa.bool_(),
        "lake_contract_version": pa.string(),
    }
)
OUTCOMES = pa.schema(
    {
        "topic_id": pa.string(),
        "partition": pa.int32(),
        "offset": pa.int64(),
        "outcome": pa.string(),
        "event_id": pa.string(),
        "reasons": REASONS,
        "of": pa.struct(list(POSITION)),
        **BYTES,
        "written_at": TIME,
        "processed_at": TIME,
        "contract_version": pa.string(),
    }
)


@dataclass(frozen=True)
class Trip:
    """A row of bronze. `kind` is what judging said of it: sound, broken or ignored."""

    number: int
    place: str | None
    at: datetime
    kind: str = "sound"
    partition: int = 0
    after: timedelta = timedelta(0)

    def judged(self, offset: int) -> dict[str, object]:
        sound = self.kind == "sound"
        return {
            "topic_id": "t",
            "topic": "events.trips",
            "partition": self.partition,
            "offset": offset,
            "key": b"k",
            "value": None if self.kind == "ignored" else b"{}",
            "headers": [],
            "received_at": None,
            "written_at": BEGAN + self.after,
            "event_id": str(self.number),
            "record": {"id": self.number, "at": self.at, "place": self.place} if sound else None,
            "broken": [{"field": "place", "rule": "r"}] if self.kind == "broken" else [],
            "event_time": None if self.kind == "ignored" else self.at,
            "ignored": self.kind == "ignored",
        }


def judged(trips: Sequence[Trip]) -> pa.Table:
    """Offsets count on in each partition."""
    ends: dict[int, int] = {}
    rows: list[dict[str, object]] = []
    for trip in trips:
        offset = ends.get(trip.partition, 0)
        ends[trip.partition] = offset + 1
        rows.append(trip.judged(offset))
    return pa.Table.from_pylist(rows, JUDGED)


def taken(
    batch: pa.Table,
    silver: pa.Table,
    explained: pa.Table,
    newest: Mapping[tuple[str, int], datetime],
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    rows = decided(batch, silver, explained, newest, CONTRACT).rows
    return silver_rows(rows, STAMP, SILVER).to_pylist(), outcome_rows(rows, STAMP, OUTCOMES).to_pylist()


class Model:
    """The same, a row at a time in the order of bronze's commits."""

    def __init__(self) -> None:
        self.silver: list[dict[str, Any]] = []
        self.outcomes: dict[tuple[int, int], tuple[str, tuple[int, int] | None]] = {}
        self.late: dict[tuple[int, int], bool] = {}
        self.newest: dict[int, datetime] = {}

    def take(self, row: Mapping[str, Any]) -> None:
        at = row["partition"], row["offset"]
        if row["ignored"] or row["broken"]:
            self.outcomes[at] = "ignored" if row["ignored"] else "quarantined", None
            return
        window = CONTRACT.dedupe_window
        same = [
            one
            for one in self.silver
            if one["event_id"] == row["event_id"] and abs(one["written_at"] - row["written_at"]) <= window
        ]
        if same:
            best = min(same, key=lambda one: (one["record"] != row["record"], one["written_at"]))
            word = "duplicate" if best["record"] == row["record"] else "id_reused"
            self.outcomes[at] = word, (best["partition"], best["offset"])
        else:
            self.silver.append(dict(row))
            time, seen = row["event_time"], self.newest.get(row["partition"])
            self.late[at] = seen is not None and time < seen - CONTRACT.late_after
            self.newest[row["partition"]] = time if seen is None else max(seen, time)


trips = st.builds(
    Trip,
    number=st.integers(1, 4),
    place=st.sampled_from(["a", "b", None]),
    at=st.sampled_from([BEGAN, BEGAN - DAY, BEGAN - 3 * DAY, BEGAN + DAY]),
    kind=st.sampled_from(["sound", "sound", "sound", "broken", "ignored"]),
    partition=st.integers(0, 1),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.lists(trips, min_size=1, max_size=8)), max_size=5))
def test_batches_are_decided_as_if_their_rows_came_one_by_one(
    commits: list[tuple[int, list[Trip]]],
) -> None:
    model, silver, outcomes = Model(), SILVER.empty_table(), OUTCOMES.empty_table()
    newest: dict[tuple[str, int], datetime] = {}
    day, ends = 0, {0: 0, 1: 0}
    for pause, batch in commits:
        day += pause
        rows: list[dict[str, object]] = []
        for trip in batch:
            row = trip.judged(ends[trip.partition])
            rows.append({**row, "written_at": BEGAN + day * DAY})
            ends[trip.partition] += 1
        rows.sort(key=lambda row: (row["partition"], row["offset"]))  # as the first of one commit is found
        for row in rows:
            model.take(row)
        table = pa.Table.from_pylist(rows, JUDGED)
        decision = decided(table, silver, NOTHING, newest, CONTRACT)
        new, others = (
            silver_rows(decision.rows, STAMP, SILVER).to_pylist(),
            outcome_rows(decision.rows, STAMP, OUTCOMES).to_pylist(),
        )
        silver = pa.concat_tables([silver, pa.Table.from_pylist(new, SILVER)])
        outcomes = pa.concat_tables([outcomes, pa.Table.from_pylist(others, OUTCOMES)])
        newest.update(decision.newest)
        # Taken once more, all of it has its outcome, and the clocks stand as they stood.
        places = {(row["lake_partition"], row["lake_offset"]) for row in silver.to_pylist()}
        marks = pa.array([(row["partition"], row["offset"]) in places for row in rows], pa.bool_())
        again = decided(
            table, silver, table.select(POSITION.names).append_column("inserted", marks), newest, CONTRACT
        )
        assert len(again.rows) == 0
        assert {**newest, **again.newest} == newest
    assert newest == {("t", partition): time for partition, time in model.newest.items()}
    found = {
        (row["partition"], row["offset"]): (
            row["outcome"],
            None if row["of"] is None else (row["of"]["partition"], row["of"]["offset"]),
        )
        for row in outcomes.to_pylist()
    }
    assert found == model.outcomes
    late = {(row["lake_partition"], row["lake_offset"]): row["lake_is_late"] for row in silver.to_pylist()}
    assert late == model.late


def test_only_what_is_quarantined_keeps_its_bytes() -> None:
    batch = judged([Trip(1, "a", BEGAN), Trip(1, "a", BEGAN), Trip(2, None, BEGAN, "broken")])
    (new,), (repeat, refused) = taken(batch, SILVER.empty_table(), NOTHING, {})
    assert (new["id"], new["lake_event_id"], new["lake_contract_version"]) == (1, "1", "1.2.0")
    assert (repeat["outcome"], repeat["value"], repeat["headers"], repeat["reasons"]) == (
        "duplicate",
        None,
        None,
        [],
    )
    assert (refused["outcome"], refused["value"], refused["headers"]) == ("quarantined", b"{}", [])
    assert refused["reasons"] == [{"field": "place", "rule": "r"}]


def test_a_corrected_record_with_the_id_of_a_quarantined_one_goes_in() -> None:
    rows = decided(judged([Trip(1, "?", BEGAN, "broken")]), SILVER.empty_table(), NOTHING, {}, CONTRACT).rows
    assert rows["outcome"].to_pylist() == ["quarantined"]
    (refused,) = outcome_rows(rows, STAMP, OUTCOMES).to_pylist()
    silver = silver_rows(rows, STAMP, SILVER)
    corrected = judged([Trip(1, "?", BEGAN, "broken"), Trip(1, "a", BEGAN)]).slice(1)
    (word,) = decided(corrected, silver, NOTHING, {}, CONTRACT).rows["outcome"].to_pylist()
    assert (word, corrected["event_id"].to_pylist()) == ("inserted", [refused["event_id"]])


def test_a_field_that_the_contract_has_given_up_is_null() -> None:
    rows = decided(judged([Trip(1, "a", BEGAN)]), SILVER.empty_table(), NOTHING, {}, CONTRACT).rows
    wider = pa.unify_schemas([SILVER, pa.schema({"colour": pa.list_(pa.string())})])
    assert silver_rows(rows, STAMP, wider).to_pylist()[0]["colour"] is None


@pytest.mark.parametrize(
    ("days", "most", "expected"),
    [
        ([0, 0, 1, 2], 10, [(0, 2)]),
        ([0, 7, 8], 10, [(0, 7), (8, 8)]),
        ([2, 0, 1, 0], 3, [(0, 1), (2, 2)]),
        ([0, 0, 0, 1], 2, [(0, 0), (1, 1)]),
        ([], 2, []),
    ],
)
def test_a_batch_is_cut_between_commits(days: list[int], most: int, expected: list[tuple[int, int]]) -> None:
    rows = sizes(days, [None] * len(days))
    assert cuts(pieces(rows, 7 * DAY, most, 1)) == expected


def test_a_batch_of_large_records_is_cut_by_their_bytes() -> None:
    rows = sizes([0, 0, 1, 2, 3], [40, None, 50, 20, 200])
    assert cuts(pieces(rows, 7 * DAY, 10, 100)) == [(0, 1), (2, 2), (3, 3)]


def sizes(days: list[int], sizes: list[int | None]) -> pa.Table:
    times = pa.array([BEGAN + day * DAY for day in days], TIME)
    return pa.table({"written_at": times, "bytes": pa.array(sizes, pa.int64())})


def cuts(found: Iterable[tuple[datetime, datetime]]) -> list[tuple[int, int]]:
    return [((low - BEGAN) // DAY, (high - BEGAN) // DAY) for low, high in found]


@pytest.mark.parametrize(("beyond", "words"), [(0, ["duplicate"]), (1, [])])
def test_the_dedupe_window_ends_with_its_last_microsecond(beyond: int, words: list[str]) -> None:
    (first,), _ = taken(judged([Trip(1, "a", BEGAN)]), SILVER.empty_table(), NOTHING, {})
    later = CONTRACT.dedupe_window + timedelta(microseconds=beyond)
    silver = pa.Table.from_pylist([first], SILVER)
    batch = judged([Trip(1, "a", BEGAN, partition=1, after=later)])
    _, others = taken(batch, silver, NOTHING, {})
    assert [row["outcome"] for row in others] == words


@pytest.mark.parametrize("known_before", [False, True])
@pytest.mark.parametrize("beyond", [0, 1])
def test_late_is_what_lies_further_behind_than_late_after(beyond: int, known_before: bool) -> None:
    behind = Trip(2, "a", BEGAN - CONTRACT.late_after - timedelta(microseconds=beyond))
    batch = judged([behind] if known_before else [Trip(1, "a", BEGAN), behind])
    newest = {("t", 0): BEGAN} if known_before else {}
    new, _ = taken(batch, SILVER.empty_table(), NOTHING, newest)
    assert new[-1]["lake_is_late"] is bool(beyond)
