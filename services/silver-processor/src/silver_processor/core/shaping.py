"""Decided rows as the tables have them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute

# What its type stubs say is known in part only.
pc: Any = pyarrow.compute

QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a batch's rows are marked with. Decides nothing."""

    processed_at: datetime  # UTC, whole milliseconds
    contract_version: str


def outcome_rows(rows: pa.Table, stamp: Stamp, shape: pa.Schema) -> pa.Table:
    """Decided rows as outcomes of this shape. Quarantined ones keep their bytes."""
    quarantined = pc.equal(rows["outcome"], QUARANTINED)
    columns: dict[str, Any] = {
        **{name: rows[name] for name in rows.column_names},
        **{
            name: pc.if_else(quarantined, rows[name], pa.scalar(None, rows[name].type))
            for name in ("key", "value", "headers")
        },
        "reasons": rows["broken"],
        "processed_at": stamp.processed_at,
        "contract_version": stamp.contract_version,
    }
    return shaped(columns, len(rows), shape)


def shaped(columns: Mapping[str, Any], rows: int, shape: pa.Schema) -> pa.Table:
    """What the table has of these columns, by name; a single value stands for all rows. A field that the
    contract has given up is null."""
    there = {name.lower(): values for name, values in columns.items()}  # no engine here goes by case
    made: list[Any] = []
    for field in cast("Iterable[Any]", shape):
        column: Any = there.get(field.name.lower())
        if isinstance(column, pa.ChunkedArray | pa.Array):
            made.append(cast("Any", column).cast(field.type))
        else:
            made.append(pa.repeat(cast("Any", pa.scalar)(column, field.type), rows))
    return pa.Table.from_arrays(made, schema=shape)
