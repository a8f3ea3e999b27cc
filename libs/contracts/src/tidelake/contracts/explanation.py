"""From a JSON Schema's finding to a sentence for the sender."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import jsonschema_rs
from tidelake.contracts.broken_rules import MASK, BrokenRule, join, shortened, written
from tidelake.contracts.contract import Field
from tidelake.contracts.masking import has_masked, parts
from tidelake.contracts.types import DATE, INTEGER_BITS, TIMESTAMP, Array, Decimal, FieldType, Struct

_RULES = {
    "minimum": "range",
    "maximum": "range",
    "exclusiveMinimum": "range",
    "exclusiveMaximum": "range",
    "minLength": "length",
    "maxLength": "length",
}
EXPECTED = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "pattern": "text that matches {}",
}
"""What a keyword of JSON Schema wants, in words around its limit."""
ABSENT = "nothing"


def explain(error: jsonschema_rs.ValidationError, fields: Sequence[Field], guarded: bool) -> BrokenRule:
    """The rule that is broken, in the contract's words. `guarded`: it has masked fields, so that what it does
    not describe, and what else may lie inside an object or array, is not shown either."""
    keyword: str = error.kind.name
    steps = list(error.instance_path)
    if keyword == "required":
        missing = _missing(error)
        field, path, _ = _locate([*steps, missing], fields, guarded)
        return BrokenRule(path, "required", ABSENT, need(field))
    field, path, masked = _locate(steps, fields, guarded)
    masked = masked or (guarded and (field is None or isinstance(error.instance, dict | list)))
    seen = written(error.instance, masked)
    if field is None:
        return BrokenRule(path, keyword, seen, error.message if not masked else MASK)
    if keyword == "type":
        rule = "required" if error.instance is None else "type"
        return BrokenRule(path, rule, seen, need(field))
    if field.type in (TIMESTAMP, DATE) and keyword in ("format", "pattern"):
        return BrokenRule(path, "format", seen, need(field))
    if field.type.sql in INTEGER_BITS and keyword in ("minimum", "maximum"):
        bound = EXPECTED[keyword].format(_limit(error))
        return BrokenRule(path, "range", seen, f"{bound}, in a field of type {field.type.sql}")
    if keyword == "enum":
        return BrokenRule(path, "enum", seen, one_of(field.constraints.get("enum", ())))
    expected = EXPECTED.get(keyword, error.message if not masked else "what the contract says")
    return BrokenRule(path, _RULES.get(keyword, keyword), seen, expected.format(_limit(error)))


def _missing(error: jsonschema_rs.ValidationError) -> str:
    return str(getattr(error.kind, "property", ""))


def _limit(error: jsonschema_rs.ValidationError) -> Any:
    return getattr(error.kind, "value", "")


def _locate(
    steps: Sequence[str | int], fields: Sequence[Field], guarded: bool
) -> tuple[Field | None, str, bool]:
    """The field at the end of a path, the path's text, and whether its values stay out of messages."""
    found: Field | None = None
    path, masked = "", False
    for step in steps:
        if isinstance(step, int):
            found = found.type.item if found is not None and isinstance(found.type, Array) else None
        else:
            found = next((field for field in fields if field.name == step), None)
        path = join(path, MASK if guarded and found is None else step)
        masked = masked or (found is not None and found.masked)
        fields = parts(found.type) if found is not None else ()
    return found, path, masked or (found is not None and has_masked(found.type))


def one_of(listed: Iterable[object]) -> str:
    """What an enum wants, in words."""
    return f"one of {shortened(', '.join(str(value) for value in listed))}"


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
