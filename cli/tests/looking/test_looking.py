"""Quarantine and traces, read from tables on this disk."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from tidelake.cli.looking.quarantined import Reason, Refusals, quarantined, refusals
from tidelake.cli.looking.tables import DatasetTables
from tidelake.cli.looking.traced import traced
from tidelake.tables.bronze import HEADERS_TYPE

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
MONTH = Reason("month", "month_in_calendar", "13", "one of 1 to 12")
WHOLE = Reason("", "json", "...", "JSON")
TIME = pa.timestamp("us", "UTC")
REASON = pa.struct([(name, pa.string()) for name in ("field", "rule", "value", "expected")])
OF = pa.struct([("topic_id", pa.string()), ("partition", pa.int32()), ("offset", pa.int64())])
HEADERS = [
    [("ce_id", b"a"), ("traceparent", b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")],
    [("traceparent", b"\xff")],
    [("traceparent", b"00-4BF9-1-01")],
    [],
    [("traceparent", None)],
]
POSITION = [("topic_id", pa.string()), ("partition", pa.int32()), ("offset", pa.int64())]
BRONZE = pa.schema(
    [
        *POSITION,
        ("topic", pa.string()),
        ("key", pa.binary()),
        ("headers", HEADERS_TYPE),
        ("received_at", TIME),
        ("kafka_timestamp", TIME),
        ("written_at", TIME),
    ]
)
SILVER = pa.schema(
    [
        *((f"lake_{name}", kind) for name, kind in POSITION),
        ("lake_event_id", pa.string()),
        ("lake_written_at", TIME),
        ("lake_processed_at", TIME),
    ]
)
OUTCOMES = pa.schema(
    [
        *POSITION,
        ("outcome", pa.string()),
        ("event_id", pa.string()),
        ("reasons", pa.list_(REASON)),
        ("of", OF),
        ("value", pa.binary()),
        ("written_at", TIME),
        ("processed_at", TIME),
    ]
)


def at(second: int) -> datetime:
    return BEGAN + timedelta(seconds=second)


def position(offset: int, prefix: str = "") -> dict[str, Any]:
    return {f"{prefix}topic_id": "t", f"{prefix}partition": 0, f"{prefix}offset": offset}


def outcome(offset: int, word: str, event_id: str, *reasons: Reason, of: int | None = None) -> dict[str, Any]:
    told = [{"field": r.field, "rule": r.rule, "value": r.value, "expected": r.expected} for r in reasons]
    return {
        **position(offset),
        "outcome": word,
        "event_id": event_id,
        "reasons": told,
        "of": None if of is None else position(of),
        "value": b"{}" if reasons else None,
        "written_at": at(offset),
        "processed_at": at(offset + 10),
    }


@pytest.fixture
def tables(tmp_path: Path) -> DatasetTables:
    """Offsets 0: a, inserted; 1: a again; 2 and 3: in quarantine; 4: a once more, not explained yet."""

    def made(name: str, schema: pa.Schema, rows: Sequence[Mapping[str, Any]]) -> DeltaTable:
        write_deltalake(str(tmp_path / name), pa.Table.from_pylist(list(rows), schema))
        return DeltaTable(str(tmp_path / name))

    bronze = [
        {
            **position(offset),
            "topic": "events.flights",
            "key": key,
            "headers": [{"key": name, "value": value} for name, value in HEADERS[offset]],
            "received_at": at(offset),
            "kafka_timestamp": at(offset),
            "written_at": at(offset),
        }
        for offset, key in enumerate((b"a", b"a", b"b", None, b"a"))
    ]
    silver = {
        **position(0, "lake_"),
        "lake_event_id": "a",
        "lake_written_at": at(0),
        "lake_processed_at": at(10),
    }
    outcomes = [
        outcome(1, "duplicate", "a", of=0),
        outcome(2, "quarantined", "b", MONTH, WHOLE),
        outcome(3, "quarantined", "t:0:3", MONTH),
    ]
    return DatasetTables(
        made("bronze", BRONZE, bronze), made("silver", SILVER, [silver]), made("outcomes", OUTCOMES, outcomes)
    )


def of(tables: DatasetTables) -> DeltaTable:
    assert tables.outcomes is not None
    return tables.outcomes


def test_refusals_are_counted_by_rule_and_field(tables: DatasetTables) -> None:
    assert refusals(of(tables)) == [
        Refusals("month_in_calendar", "month", 2, at(12), at(13)),
        Refusals("json", "", 1, at(12), at(12)),
    ]


def test_rows_in_quarantine_come_newest_first_and_by_rule(tables: DatasetTables) -> None:
    assert [row.offset for row in quarantined(of(tables), None, 10)] == [3, 2]
    assert [row.offset for row in quarantined(of(tables), None, 1)] == [3]
    (row,) = quarantined(of(tables), "json", 10)
    assert (row.reasons, row.event_id, row.value) == ((MONTH, WHOLE), "b", b"{}")
    assert quarantined(of(tables), "unknown", 10) == []


def test_rows_of_one_batch_come_newest_first_too(tmp_path: Path) -> None:
    rows = [{**outcome(offset, "quarantined", "b", MONTH), "processed_at": at(90)} for offset in (2, 0, 1)]
    write_deltalake(str(tmp_path), pa.Table.from_pylist(rows, OUTCOMES))
    assert [row.offset for row in quarantined(DeltaTable(str(tmp_path)), None, 2)] == [2, 1]


def test_a_row_that_silver_has_lost_is_found_too(tables: DatasetTables) -> None:
    assert tables.bronze is not None
    assert tables.silver is not None
    lost: dict[str, Any] = {
        **position(9),
        "topic": "events.flights",
        "key": b"lost",
        "headers": [],
        "received_at": None,
        "kafka_timestamp": at(0),
        "written_at": at(0),
    }
    later = {
        **position(10, "lake_"),
        "lake_event_id": "z",
        "lake_written_at": at(9000),
        "lake_processed_at": at(9000),
    }
    write_deltalake(tables.bronze, pa.Table.from_pylist([lost], BRONZE), mode="append")
    write_deltalake(tables.silver, pa.Table.from_pylist([later], SILVER), mode="append")
    (found,) = traced(tables, "lost")
    assert (found.position, found.decision) == (("t", 0, 9), None)


def test_a_trace_has_every_row_of_the_event_and_what_silver_made_of_it(tables: DatasetTables) -> None:
    first, again, waiting = traced(tables, "a")
    assert [one.position[2] for one in (first, again, waiting)] == [0, 1, 4]
    assert first.decision is not None
    assert (first.decision.outcome, first.decision.processed_at) == ("inserted", at(10))
    assert again.decision is not None
    assert (again.decision.outcome, again.decision.of) == ("duplicate", ("t", 0, 0))
    assert waiting.decision is None
    assert (waiting.topic, waiting.received_at, waiting.written_at) == ("events.flights", at(4), at(4))


def test_a_row_that_came_with_a_trace_names_it(tables: DatasetTables) -> None:
    first, again, waiting = traced(tables, "a")
    assert first.trace_id == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert (again.trace_id, waiting.trace_id) == (None, None)


def test_a_record_without_a_key_is_found_by_the_id_that_silver_gave_it(tables: DatasetTables) -> None:
    (found,) = traced(tables, "t:0:3")
    assert found.decision is not None
    assert found.decision.reasons == (MONTH,)


def test_without_silver_the_trace_ends_at_bronze(tables: DatasetTables) -> None:
    found = traced(DatasetTables(tables.bronze, None, None), "a")
    assert [(one.position[2], one.decision) for one in found] == [(0, None), (1, None), (4, None)]


def test_what_is_nowhere_has_no_trace(tables: DatasetTables) -> None:
    assert traced(tables, "unknown") == []
    assert traced(DatasetTables(None, None, None), "a") == []
