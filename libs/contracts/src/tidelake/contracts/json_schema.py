"""The JSON Schema that the door checks with: the standard's export, tightened to what the tables can keep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tidelake.contracts.contract import Contract, Field
from tidelake.contracts.instants import DATE as DATE_PATTERN
from tidelake.contracts.instants import INSTANT
from tidelake.contracts.types import DATE, DOUBLE, FLOAT, INTEGER_BITS, TIMESTAMP, Array, FieldType, Struct

_LARGEST_DOUBLE = 1.7976931348623157e308
_LARGEST_FLOAT = 3.4028234663852886e38


def tighten(exported: Mapping[str, Any], contract: Contract) -> dict[str, Any]:
    """The exported schema with the bounds that it leaves out. Does not change `exported`.

    Whole numbers get the bounds of their width, floating ones those of theirs; times get the spelling of
    tidelake.contracts.instants. Values are bound by `enum` alone: the export takes them from quality rules
    too, and those are checked behind the door. Unknown fields stay allowed: a producer may be a version ahead
    of the lake. What JSON Schema can't say (digits of decimals, double keys) is in the admission module.
    """
    return {**exported, "properties": _tightened(exported["properties"], contract.fields)}


def _tightened(properties: Mapping[str, Any], fields: Sequence[Field]) -> dict[str, Any]:
    return {field.name: _tighten_field(properties[field.name], field) for field in fields}


def _tighten_field(exported: Mapping[str, Any], field: Field) -> dict[str, Any]:
    schema = {key: value for key, value in exported.items() if key != "enum"}
    if "enum" in field.constraints:
        schema["enum"] = [*field.constraints["enum"], *(() if field.required else (None,))]
    return _tighten_type(schema, field.type)


def _tighten_type(schema: dict[str, Any], type_: FieldType) -> dict[str, Any]:
    if isinstance(type_, Struct):
        return {**schema, "properties": _tightened(schema["properties"], type_.fields)}
    if isinstance(type_, Array):
        return {**schema, "items": _tighten_field(schema["items"], type_.item)}
    if type_ == TIMESTAMP:
        return {**schema, "pattern": INSTANT}
    if type_ == DATE:
        return {**schema, "pattern": DATE_PATTERN}
    ends = ends_of(type_)
    return schema if ends is None else _bounded(schema, *ends)


def ends_of(type_: FieldType) -> tuple[float, float] | None:
    """The least and the largest number that a type keeps; None for a type that is no number, or a decimal."""
    if type_ == DOUBLE:
        return -_LARGEST_DOUBLE, _LARGEST_DOUBLE
    if type_ == FLOAT:
        return -_LARGEST_FLOAT, _LARGEST_FLOAT
    bits = INTEGER_BITS.get(type_.sql)
    return None if bits is None else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def _bounded(schema: Mapping[str, Any], lowest: float, highest: float) -> dict[str, Any]:
    return {
        **schema,
        "minimum": max(lowest, schema.get("minimum", lowest)),
        "maximum": min(highest, schema.get("maximum", highest)),
    }
