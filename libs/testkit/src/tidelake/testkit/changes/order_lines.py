"""The table of the workload: a composite key, and a column of every common type."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

Row = Mapping[str, Any]
"""A row by column: Decimal, datetime, date, UUID, bytes, lists, and text for json and enums."""
Key = tuple[int, int]

KEY = ("order_id", "line_no")
DDL = """
CREATE TYPE app.grade AS ENUM ('low', 'mid', 'high', 'odd');
CREATE TABLE app.order_lines (
    order_id bigint, line_no int, price numeric(12,2), seen_at timestamptz, local_at timestamp, day date,
    profile jsonb, tags text[], sizes int[], prices numeric(10,2)[], grade app.grade, raw bytea, uid uuid,
    note text, ok boolean, ratio double precision, PRIMARY KEY (order_id, line_no)
);
"""
CONTRACT = """
apiVersion: v3.2.0
kind: DataContract
id: order_lines
name: order_lines
version: 1.0.0
status: active
team: {name: test-owners}
schema:
  - name: order_lines
    properties:
      - {name: order_id, logicalType: integer, physicalType: bigint, required: true}
      - {name: line_no, logicalType: integer, physicalType: int, required: true}
      - {name: price, logicalType: number, physicalType: "decimal(12,2)", required: true}
      - {name: seen_at, logicalType: timestamp}
      - {name: local_at, logicalType: timestamp}
      - {name: day, logicalType: date}
      - {name: profile, logicalType: string}
      - {name: tags, logicalType: array, items: {logicalType: string}}
      - {name: sizes, logicalType: array, items: {logicalType: integer, physicalType: int}}
      - {name: prices, logicalType: array, items: {logicalType: number, physicalType: "decimal(10,2)"}}
      - name: grade
        logicalType: string
        quality:
          - name: grade_is_known
            type: library
            metric: invalidValues
            arguments: {validValues: [low, mid, high]}
            mustBe: 0
            unit: rows
            severity: error
      - {name: raw, logicalType: string}
      - {name: uid, logicalType: string}
      - {name: note, logicalType: string, required: true}
      - {name: ok, logicalType: boolean}
      - {name: ratio, logicalType: number, physicalType: double}
slaProperties:
  - {property: freshness, value: 5, unit: s}
  - {property: retention, value: 7, unit: d}
customProperties:
  - {property: source, value: cdc}
  - {property: mode, value: upsert}
  - {property: table, value: shop.app.order_lines}
  - {property: partitions, value: 2}
  - {property: idFields, value: [order_id, line_no]}
  - {property: dedupeWindow, value: P7D}
"""

TOASTED = ("profile", "note")
"""Columns that PostgreSQL leaves out of an update if they are long and did not change."""
_INLINE = 2000


def is_toasted(name: str, value: object) -> bool:
    """Whether a value lies so that an update leaves it out."""
    return name in TOASTED and isinstance(value, str) and len(value) > _INLINE


def key_of(row: Row) -> Key:
    """The primary key."""
    return row["order_id"], row["line_no"]


def is_sound(row: Row) -> bool:
    """Whether the contract takes the row."""
    return row["grade"] in ("low", "mid", "high", None) and row["price"] is not None


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
