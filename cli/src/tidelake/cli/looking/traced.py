"""The road of one event, read from the tables that it came through."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import duckdb
from deltalake import DeltaTable

from .quarantined import Reason
from .tables import DatasetTables, looking

Position = tuple[str, int, int]  # topic id, partition, offset

_APART = timedelta(minutes=10)
"""So much earlier than another commit a later one of bronze may be stamped: by another writer's clock."""
_INSERTED = """
    select lake_topic_id, lake_partition, lake_offset, 'inserted', lake_processed_at, [], null
    from silver where lake_event_id = ?
"""
_OTHERS = """
    select topic_id, "partition", "offset", outcome, processed_at, reasons,
           case when of is null then null else [of.topic_id, of."partition"::text, of."offset"::text] end
    from outcomes where event_id = ?
"""

# Headers are written by anyone: what is not as W3C's Trace Context has it is no trace.
_TRACE_ID = """
    nullif(regexp_extract(
        try(decode(list_filter(headers, lambda each: each.key = 'traceparent')[1].value)),
        '^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$', 1
    ), '')
"""


@dataclass(frozen=True, slots=True)
class Decision:
    """What silver made of a row."""

    outcome: str  # inserted, or the word of the outcomes
    processed_at: datetime
    reasons: tuple[Reason, ...]
    of: Position | None  # the row that it repeats


@dataclass(frozen=True, slots=True)
class Sighting:
    """One row of bronze that holds the event."""

    topic: str
    position: Position
    received_at: datetime | None  # by the door; None if it came another way
    kafka_timestamp: datetime | None
    written_at: datetime  # just before bronze's commit
    trace_id: str | None  # W3C's, of the request that it came with
    decision: Decision | None  # None: silver has not come to it, or the dataset has no silver


def traced(tables: DatasetTables, event_id: str) -> list[Sighting]:
    """Every row of bronze with that id, in the order of their commits; what silver has not explained yet
    included, and where nothing else is found what it has lost. Empty if there is none."""
    if tables.bronze is None:
        return []
    decisions = _decisions(tables, event_id)
    with looking(bronze=tables.bronze) as connection:
        rows = _rows(connection, decisions, event_id, _explained_until(tables))
    return [
        Sighting(topic, position, received, stamped, written, trace_id, decisions.get(position))
        for position, topic, received, stamped, written, trace_id in rows
    ]


def _decisions(tables: DatasetTables, event_id: str) -> dict[Position, Decision]:
    found: dict[Position, Decision] = {}
    for table, name, question in (
        # Of an upsert dataset silver has a key's newest change only, and the outcomes have all.
        (tables.silver if tables.silver_explains else None, "silver", _INSERTED),
        (tables.outcomes, "outcomes", _OTHERS),
    ):
        if table is None:
            continue
        with looking(**{name: table}) as connection:
            rows = cast("list[Any]", connection.execute(question, [event_id]).fetchall())
        for topic_id, partition, offset, outcome, processed, reasons, of in rows:
            told = tuple(Reason(**reason) for reason in reasons)
            repeated = (of[0], int(of[1]), int(of[2])) if of else None
            found[topic_id, partition, offset] = Decision(outcome, processed, told, repeated)
    return found


def _explained_until(tables: DatasetTables) -> datetime | None:
    """Of bronze's commits, the newest of which silver has explained a row: what came later is looked for by
    its key. None: all is."""
    ends = [
        end
        for table, column in ((tables.silver, "lake_written_at"), (tables.outcomes, "written_at"))
        if table is not None and (end := _newest(table, column)) is not None
    ]
    return max(ends, default=None)


def _newest(table: DeltaTable, column: str) -> datetime | None:
    with looking(rows=table) as connection:
        (newest,) = cast("tuple[Any]", connection.execute(f"select max({column}) from rows").fetchone())
    return newest


def _rows(
    connection: duckdb.DuckDBPyConnection,
    decisions: dict[Position, Decision],
    event_id: str,
    explained_until: datetime | None,
) -> list[tuple[Position, str, datetime | None, datetime | None, datetime, str | None]]:
    """Rows that have a decision, by their positions, and others by their keys."""
    columns = f'topic_id, "partition", "offset", topic, received_at, kafka_timestamp, written_at, {_TRACE_ID}'
    found: list[Any] = []
    for topic_id, partition, offset in decisions:
        found += connection.execute(
            f'select {columns} from bronze where topic_id = ? and "partition" = ? and "offset" = ?',
            [topic_id, partition, offset],
        ).fetchall()
    by_key = f"select {columns} from bronze where key = encode(?)"
    if explained_until is not None:
        later = [event_id, explained_until - _APART]
        rows = connection.execute(f"{by_key} and written_at >= ?", later).fetchall()
        found += [row for row in rows if row[:3] not in decisions]
    if not found:
        found += connection.execute(by_key, [event_id]).fetchall()
    found.sort(key=lambda row: (row[6], row[:3]))
    return [(row[:3], *row[3:]) for row in found]
