"""What a contract asks of each part of a record, as data.

One column explains every part by these (see explaining): a plan with columns of its own for each rule of each
field would take Spark seconds to read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal as Number
from typing import Any

import msgspec
from tidelake.contracts.contract import Field
from tidelake.contracts.explanation import EXPECTED, need, one_of
from tidelake.contracts.masking import has_masked
from tidelake.contracts.patterns import java_pattern, repeats_a_group
from tidelake.contracts.types import Array, Decimal, FieldType, Struct

from silver_processor.core.bounds import Bound, bounds_of, exact

LONGEST_FOR_GROUPS = 4096
"""Characters that a pattern with a repeated group is asked about: Java's stack grows with them. Longer text
counts as breaking the pattern; the door has no such limit."""
_NO_LIMIT = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Listed:
    """The values that an enum lists, by what JSON can compare them with."""

    texts: tuple[str, ...]
    flags: tuple[bool, ...]
    numbers: tuple[str, ...]  # as a variant writes an exact number
    doubles: tuple[float, ...]
    null: bool  # whether null is taken
    words: str


@dataclass(frozen=True, slots=True)
class Spec:
    """What is asked of one part of a record. Its field names are those of SPECS_TYPE."""

    type: str  # integer, decimal, floating, object, array, or the type's SQL word
    sql: str
    required: bool
    masked: bool  # here, further out or further in
    need: str
    bounds: tuple[Bound, ...]
    whole: int  # most digits before the point
    scale: int  # most digits behind it
    shortest: int  # characters
    longest: int
    pattern: str | None  # as Java writes it
    pattern_longest: int
    pattern_words: str
    listed: Listed | None

    @property
    def bounded_length(self) -> bool:
        """Whether the contract says how long a text may be."""
        return (self.shortest, self.longest) != (0, _NO_LIMIT)


_BOUND = (
    "struct<lower:boolean,strict:boolean,nearest:double,negative:boolean,key:string,"
    "shortest_outside:boolean,words:string>"
)
_LISTED = (
    "struct<texts:array<string>,flags:array<boolean>,numbers:array<string>,doubles:array<double>,"
    "null:boolean,words:string>"
)
SPECS_TYPE = (
    f"array<struct<type:string,sql:string,required:boolean,masked:boolean,need:string,bounds:array<{_BOUND}>,whole:int,"
    "scale:int,shortest:int,longest:int,pattern:string,pattern_longest:int,pattern_words:string,"
    f"listed:{_LISTED}>>"
)


def spec_of(field: Field, *, masked: bool) -> Spec:
    """What the contract asks of a field. `masked`: it or one further out keeps its values out of messages."""
    decimal = field.type if isinstance(field.type, Decimal) else None
    pattern: str | None = field.constraints.get("pattern")
    return Spec(
        type=_type(field.type),
        sql=field.type.sql,
        required=field.required,
        masked=masked or has_masked(field.type),
        need=need(field),
        bounds=tuple(bounds_of(field.constraints, field.type)),
        whole=decimal.precision - decimal.scale if decimal else _NO_LIMIT,
        scale=decimal.scale if decimal else _NO_LIMIT,
        shortest=field.constraints.get("minLength", 0),
        longest=field.constraints.get("maxLength", _NO_LIMIT),
        pattern=None if pattern is None else java_pattern(pattern),
        pattern_longest=longest_for(pattern or ""),
        pattern_words=EXPECTED["pattern"].format(pattern),
        listed=_listed(field),
    )


def encoded(specs: Sequence[Spec]) -> str:
    """All of them as JSON, to be read as SPECS_TYPE."""
    return msgspec.json.encode(specs).decode()


def longest_for(pattern: str) -> int:
    """Characters of the longest text that the pattern is asked about."""
    return LONGEST_FOR_GROUPS if repeats_a_group(pattern) else _NO_LIMIT


def plain(number: Number) -> str:
    """A number as a variant writes an exact one: no exponent, no zeros at the end of its fraction."""
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _type(type_: FieldType) -> str:
    if isinstance(type_, Struct):
        return "object"
    if isinstance(type_, Array):
        return "array"
    if isinstance(type_, Decimal):
        return "decimal"
    return {"double": "floating", "float": "floating", "string": "string"}.get(type_.sql) or (
        type_.sql if type_.sql in ("boolean", "date", "timestamp") else "integer"
    )


def _listed(field: Field) -> Listed | None:
    if "enum" not in field.constraints:
        return None
    values: Sequence[Any] = field.constraints["enum"]
    numbers = [one for one in values if isinstance(one, int | float) and not isinstance(one, bool)]
    return Listed(
        texts=tuple(one for one in values if isinstance(one, str)),
        flags=tuple(one for one in values if isinstance(one, bool)),
        numbers=tuple(plain(exact(one)) for one in numbers),
        doubles=tuple(float(one) for one in numbers),
        null=None in values or not field.required,
        words=one_of(values),
    )
