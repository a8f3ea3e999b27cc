"""Columns of the workload's tables: one of every common type of PostgreSQL."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

Row = Mapping[str, Any]
"""A row by column: Decimal, datetime, date, UUID, bytes, lists, and text for json and enums. All times are
aware, also those of columns without a zone."""
Key = tuple[Any, ...]

GRADE = ("low", "mid", "high", "odd")
"""The enum. The contract does not know the last one: such a row goes to quarantine."""
SQL_TYPES: Mapping[str, str] = {
    "order_id": "bigint",
    "line_no": "int",
    "code": "varchar(20)",
    "price": "numeric(12,2)",
    "seen_at": "timestamptz",
    "local_at": "timestamp",
    "day": "date",
    # Uncompressed and apart from the row once they are long, so that an update leaves them out.
    "profile": "jsonb storage external",
    "tags": "text[] storage external",
    "sizes": "int[] storage external",
    "prices": "numeric(10,2)[]",
    "grade": "app.grade",
    "raw": "bytea storage external",
    "uid": "uuid",
    "note": "text storage external",
    "ok": "boolean",
    "ratio": "double precision",
}
PROPERTIES: Mapping[str, str] = {
    "order_id": "logicalType: integer, physicalType: bigint",
    "line_no": "logicalType: integer, physicalType: int",
    "code": "logicalType: string",
    "price": 'logicalType: number, physicalType: "decimal(12,2)"',
    "seen_at": "logicalType: timestamp",
    "local_at": "logicalType: timestamp",
    "day": "logicalType: date",
    "profile": "logicalType: string",
    "tags": "logicalType: array, items: {logicalType: string}",
    "sizes": "logicalType: array, items: {logicalType: integer, physicalType: int}",
    "prices": 'logicalType: array, items: {logicalType: number, physicalType: "decimal(10,2)"}',
    "grade": (
        "logicalType: string, quality: [{name: grade_is_known, type: library, metric: invalidValues, "
        "arguments: {validValues: [low, mid, high]}, mustBe: 0, unit: rows, severity: error}]"
    ),
    "raw": "logicalType: string",
    "uid": "logicalType: string",
    "note": "logicalType: string",
    "ok": "logicalType: boolean",
    "ratio": "logicalType: number, physicalType: double",
}
"""What the contract says of them, in YAML."""
REQUIRED = ("price", "note")

_UNAVAILABLE = "__debezium_unavailable_value"
LEFT_OUT: Mapping[str, Any] = {
    "profile": _UNAVAILABLE,
    "note": _UNAVAILABLE,
    "raw": base64.b64encode(_UNAVAILABLE.encode()).decode(),
    "tags": [_UNAVAILABLE],
    "sizes": list(_UNAVAILABLE.encode()),
}
"""What Debezium writes in the place of a value that PostgreSQL left out, by column."""
_INLINE_BYTES = 2000


def is_toasted(name: str, value: Any) -> bool:
    """Whether a value lies so that an update leaves it out. No column has values of about that size."""
    if name not in LEFT_OUT or value is None:
        return False
    if isinstance(value, list):
        items = cast("list[Any]", value)
        return sum(4 if isinstance(one, int) else len(one or "") for one in items) > _INLINE_BYTES
    return len(value) > _INLINE_BYTES


def is_sound(row: Row) -> bool:
    """Whether the contract takes the row."""
    return row["grade"] != "odd" and row["price"] is not None


def in_silver(row: Row) -> Row:
    """The row as silver has it: bytes as base64, ids as text, times without a zone as if they were in UTC."""
    return {name: _in_silver(value) for name, value in row.items()}


def by_debezium(value: Any) -> object:
    """A value as Debezium's JSON has it."""
    if isinstance(value, list):
        return [by_debezium(one) for one in cast("list[Any]", value)]
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        text = value.replace(tzinfo=None).isoformat(timespec="microseconds").rstrip("0").rstrip(".")
        return f"{text}Z"
    if isinstance(value, date):
        return f"{value.isoformat()}Z"
    return _in_silver(value)


def _in_silver(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return str(value) if isinstance(value, UUID) else value
