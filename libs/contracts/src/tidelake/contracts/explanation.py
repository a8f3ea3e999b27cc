"""From a JSON Schema's finding to a sentence for the sender."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jsonschema_rs
from tidelake.contracts.broken_rules import MASK, BrokenRule, join, shortened, written
from tidelake.contracts.contract import Field
from tidelake.contracts.types import DATE, INTEGER_BITS, TIMESTAMP, Array, Decimal, FieldType, Struct

_RULES = {
    "minimum": "range",
    "maximum": "range",
    "exclusiveMinimum": "range",
    "exclusiveMaximum": "range",
    "minLength": "length",
    "maxLength": "length",
}
_EXPECTED = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "pattern": "text that matches {}",
}
ABSENT = "nothing"


def explain(error: jsonschema_rs.ValidationError, fields: Sequence[Field]) -> BrokenRule:
    """The rule that is broken, in the contract's words."""
    keyword: str = error.kind.name
    steps = list(error.instance_path)
    if keyword == "required":
        missing = _missing(error)
        field, path, _ = _locate([*steps, missing], fields)
        return BrokenRule(path, "required", ABSENT, need(field))
    field, path, masked = _locate(steps, fields)
    seen = written(error.instance, masked)
    if field is None:
        return BrokenRule(path, keyword, seen, error.message if not masked else MASK)
    if keyword == "type":
        rule = "required" if error.instance is None else "type"
        return BrokenRule(path, rule, seen, need(field))
    if field.type in (TIMESTAMP, DATE) and keyword in ("format", "pattern"):
        return BrokenRule(path, "format", seen, need(field))
    if field.type.sql in INTEGER_BITS and keyword in ("minimum", "maximum"):
        bound = _EXPECTED[keyword].format(_limit(error))
        return BrokenRule(path, "range", seen, f"{bound}, in a field of type {field.type.sql}")
    if keyword == "enum":
        allowed = ", ".join(str(value) for value in field.constraints.get("enum", ()))
        return BrokenRule(path, "enum", seen, f"one of {shortened(allowed)}")
    expected = _EXPECTED.get(keyword, error.message if not masked else "what the contract says")
    return BrokenRule(path, _RULES.get(keyword, keyword), seen, expected.format(_limit(error)))


def _missing(error: jsonschema_rs.ValidationError) -> str:
    return str(getattr(error.kind, "property", ""))


def _limit(error: jsonschema_rs.ValidationError) -> Any:
    return getattr(error.kind, "value", "")


def _locate(steps: Sequence[str | int], fields: Sequence[Field]) -> tuple[Field | None, str, bool]:
    """The field at the end of a path, the path's text, and whether its values stay out of messages."""
    found: Field | None = None
    path, masked = "", False
    for step in steps:
        path = join(path, step)
        if isinstance(step, int):
            found = found.type.item if found is not None and isinstance(found.type, Array) else None
        else:
            found = next((field for field in fields if field.name == step), None)
        masked = masked or (found is not None and found.masked)
        fields = _inside(found.type) if found is not None else ()
    return found, path, masked


def _inside(type_: FieldType) -> tuple[Field, ...]:
    if isinstance(type_, Array):
        return _inside(type_.item.type)
    return type_.fields if isinstance(type_, Struct) else ()


def need(field: Field | None) -> str:
    """What a field wants to hold, in words."""
    if field is None:
        return "what the contract says"
    return f"{_in_words(field.type)}{'' if field.required else ' or null'}"


def _in_words(type_: FieldType) -> str:
    if isinstance(type_, Struct):
        return "an object"
    if isinstance(type_, Array):
        return "an array"
    if isinstance(type_, Decimal):
        return "a number"
    return _WORDS[type_.sql]


_WORDS = {
    "string": "a string",
    "tinyint": "a whole number",
    "smallint": "a whole number",
    "int": "a whole number",
    "bigint": "a whole number",
    "float": "a number",
    "double": "a number",
    "boolean": "true or false",
    "date": "a date such as 2013-01-31",
    "timestamp": "an instant with zone, to the microsecond at most, such as 2013-01-31T10:00:00Z",
}
