"""Values that a contract lists, as values of a field's type."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal as Number

from pyspark.sql import Column
from pyspark.sql import functions as F
from tidelake.contracts.instants import parse_instant
from tidelake.contracts.json_schema import ends_of
from tidelake.contracts.types import (
    BOOLEAN,
    DATE,
    DOUBLE,
    FLOAT,
    STRING,
    TIMESTAMP,
    Decimal,
    FieldType,
)

from silver_processor.core.bounds import exact


def is_among(value: Column, type_: FieldType, listed: Iterable[object]) -> Column:
    """Whether a value is one of those listed; null if the value is null."""
    texts = [text for one in listed if (text := literal(type_, one)) is not None]
    if not texts:
        return F.when(value.isNotNull(), F.lit(False))
    return value.isin(*[F.lit(text).cast(type_.sql) for text in texts])


def literal(type_: FieldType, value: object) -> str | None:
    """The value as text that casts to the type without loss; None if the type has no such value."""
    if isinstance(value, str):
        return value if _names(type_, value) else None
    if isinstance(value, bool):
        return str(value).lower() if type_ == BOOLEAN else None
    return _number(type_, exact(value)) if isinstance(value, int | float) else None


def _names(type_: FieldType, text: str) -> bool:
    if type_ == TIMESTAMP:
        return parse_instant(text) is not None
    if type_ == DATE:
        try:
            return date.fromisoformat(text).isoformat() == text
        except ValueError:
            return False
    return type_ == STRING


def _number(type_: FieldType, number: Number) -> str | None:
    if not number.is_finite():
        return None
    if type_ in (DOUBLE, FLOAT):
        return str(number)
    if isinstance(type_, Decimal):
        fits = number == round(number, type_.scale) and abs(number) < Number(10) ** (
            type_.precision - type_.scale
        )
        return f"{number:f}" if fits else None
    ends = ends_of(type_)
    if ends is None or number != int(number) or not ends[0] <= number <= ends[1]:
        return None
    return str(int(number))
