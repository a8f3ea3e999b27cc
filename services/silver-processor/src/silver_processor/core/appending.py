"""An append dataset: each event once, and what becomes of the rows that are not it.

Spark has judged the rows. They are decided here as Arrow tables, by DuckDB: for the few thousand rows of a
micro-batch, Spark would plan longer than all of this takes (decision 0045).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, cast

import duckdb
import pyarrow as pa
import pyarrow.compute
from tidelake.contracts.contract import Contract

from silver_processor.core import shaping
from silver_processor.core.shapes import POSITION
from silver_processor.core.shaping import Stamp, shaped
from silver_processor.core.spans import is_sound

# What its type stubs say is known in part only.
pc: Any = pyarrow.compute

Newest = Mapping[tuple[str, int], datetime]
"""Newest event time seen before, by topic id and partition."""

INSERTED = "inserted"

_TIME = pa.timestamp("us", "UTC")
_NEWEST = pa.schema({"topic_id": pa.string(), "partition": pa.int32(), "at": _TIME})

_DECIDED = """
WITH
batch AS (
    SELECT *, {topic_id: topic_id, partition: partition, "offset": "offset"} AS place FROM judged
),
explained AS (
    SELECT row, bool_or(has.inserted) AS inserted
    FROM batch JOIN outcomes AS has USING (topic_id, partition, "offset") GROUP BY row
),
-- Rules may have changed since: what was decided stays.
undecided AS (
    FROM batch ANTI JOIN explained USING (row)
),
-- Of silver's rows one with the same content first, then any other: the earliest of them.
repeats AS (
    SELECT row, known.place AS of, undecided.record IS DISTINCT FROM known.record AS other
    FROM undecided JOIN known
        ON undecided.event_id = known.event_id AND abs(undecided.written_at - known.written_at) <= $window
    WHERE sound
    QUALIFY row_number() OVER (PARTITION BY row ORDER BY other, known.written_at, known.place) = 1
),
-- What silver does not know is new, or repeats another row of the batch.
fresh AS (
    SELECT row, first_value(row) OVER (PARTITION BY event_id ORDER BY written_at, place) AS first
    FROM undecided ANTI JOIN repeats USING (row)
    WHERE sound
),
answers AS (
    SELECT row, of, other FROM repeats
    UNION ALL
    SELECT row, earlier.place, batch.record IS DISTINCT FROM earlier.record
    FROM fresh JOIN batch USING (row) JOIN batch AS earlier ON earlier.row = first
    WHERE row <> first
),
said AS (
    SELECT
        row,
        CASE
            WHEN explained.row IS NOT NULL THEN NULL
            WHEN ignored THEN 'ignored' WHEN NOT sound THEN 'quarantined'
            WHEN of IS NULL THEN 'inserted' WHEN other THEN 'id_reused' ELSE 'duplicate'
        END AS outcome,
        coalesce(explained.inserted, outcome = 'inserted') AS is_in
    FROM batch LEFT JOIN explained USING (row) LEFT JOIN answers USING (row)
)
-- What is not in silver moves no clock: so a process that starts knows from silver what time it was.
SELECT
    row,
    outcome,
    of,
    is_in,
    CASE
        WHEN event_time IS NOT NULL THEN coalesce(
            event_time < greatest(newest.at, max(event_time) FILTER (is_in) OVER (
                PARTITION BY topic_id, partition ORDER BY "offset"
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            )) - $late_after, false)
    END AS is_late
FROM batch JOIN said USING (row) LEFT JOIN answers USING (row) LEFT JOIN newest USING (topic_id, partition)
ORDER BY row
"""


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a batch.

    `rows`: the judged rows that had no outcome yet, in their order, and of each

    - outcome string: inserted, or what else becomes of it
    - of struct<topic_id, partition, offset>: the row that it repeats, or whose id it uses again
    - is_late boolean: whether its event time is further than the contract's lateAfter behind the newest one
      in silver at a lower offset of its partition. False for what comes first; null without an event time.
      Nothing is dropped for it

    `newest`: newest event time in silver once these rows are there, of the batch's partitions.
    """

    rows: pa.Table
    newest: Newest


def decided(
    judged: pa.Table, known: pa.Table, explained: pa.Table, newest: Newest, contract: Contract
) -> Decision:
    """What becomes of judged rows.

    `known`: rows of silver, all those at least that are the same event as one of these: equal ids, within the
    dedupe window of bronze commit times on either side. `explained`: positions of rows that have an outcome,
    and whether it is `inserted`.

    The rows must not span more than the dedupe window: then those that silver does not know are, id by id,
    repeats of the first of them.
    """
    relations = {
        "judged": _table(
            {name: judged[name] for name in (*POSITION, "event_id", "record", "ignored")},
            row=pa.array(range(len(judged)), pa.int64()),
            sound=is_sound(judged),
            written_at=_micros(judged["written_at"]),
            event_time=_micros(judged["event_time"]),
        ),
        "known": _known(known, contract, cast("Any", judged["record"]).type),
        "outcomes": explained,
        "newest": _newest(newest),
    }
    spans = {"window": contract.dedupe_window, "late_after": contract.late_after}
    with _database().cursor() as sql:
        for name, relation in relations.items():
            sql.register(name, relation)
        micros = {name: span // timedelta(microseconds=1) for name, span in spans.items()}
        found: Any = sql.sql(_DECIDED, params=micros).to_arrow_table()
    rows = _table(
        {name: judged[name] for name in judged.column_names},
        **{name: found[name] for name in ("outcome", "of", "is_late")},
    )
    return Decision(rows.filter(pc.is_valid(rows["outcome"])), _moved(judged.filter(found["is_in"]), newest))


def _moved(inserted: pa.Table, newest: Newest) -> Newest:
    of = inserted.group_by(["topic_id", "partition"]).aggregate([("event_time", "max")])
    return {
        at: max(time, newest.get(at, time))
        for row in of.to_pylist()
        if (time := row["event_time_max"]) is not None
        for at in [(row["topic_id"], row["partition"])]
    }


@cache
def _database() -> duckdb.DuckDBPyConnection:
    """In memory; each of its cursors has relations of its own. To make one takes longer than to ask it."""
    return duckdb.connect(config={"threads": 1})


def silver_rows(rows: pa.Table, stamp: Stamp, shape: pa.Schema) -> pa.Table:
    """Those of the decided rows that are new, as silver of this shape has them."""
    new = rows.filter(pc.equal(rows["outcome"], INSERTED))
    record = pa.Table.from_struct_array(new["record"])
    columns: dict[str, Any] = {
        **{name: record[name] for name in record.column_names},
        "lake_event_id": new["event_id"],
        **{f"lake_{name}": new[name] for name in (*POSITION, "received_at", "written_at")},
        "lake_processed_at": stamp.processed_at,
        "lake_is_late": new["is_late"],
        "lake_contract_version": stamp.contract_version,
    }
    return shaped(columns, len(new), shape)


def outcome_rows(rows: pa.Table, stamp: Stamp, shape: pa.Schema) -> pa.Table:
    """All others of the decided rows, as outcomes of this shape."""
    return shaping.outcome_rows(rows.filter(pc.not_equal(rows["outcome"], INSERTED)), stamp, shape)


def _known(silver: pa.Table, contract: Contract, record: pa.DataType) -> pa.Table:
    """Rows of silver with their content as a record of the batch's has it."""
    there = {name.lower(): silver[name].combine_chunks() for name in silver.column_names}
    fields = [field.name for field in contract.fields]
    content = _struct([there[name.lower()] for name in fields], fields)
    place = _struct([there[f"lake_{name}"] for name in POSITION], POSITION)
    return _table(
        {"event_id": there["lake_event_id"], "written_at": _micros(there["lake_written_at"])},
        place=place,
        record=content.cast(record),
    )


def _newest(newest: Newest) -> pa.Table:
    rows = [
        {"topic_id": topic_id, "partition": partition, "at": at}
        for (topic_id, partition), at in newest.items()
    ]
    table = pa.Table.from_pylist(rows, _NEWEST)
    return table.set_column(2, "at", _micros(table["at"]))


def _micros(times: Any) -> Any:
    """Since 1970: numbers know no time zones."""
    return times.cast(_TIME).cast(pa.int64())


def _struct(values: Sequence[Any], names: Sequence[str]) -> Any:
    return cast("Any", pa.StructArray).from_arrays(values, names)


def _table(columns: Mapping[str, Any], **more: Any) -> pa.Table:
    return pa.table({**columns, **more})
