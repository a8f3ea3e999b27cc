"""Checks of values that JSON Schema can't state: digits of decimals, instants beyond the calendar."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal as Number
from typing import Any, cast

from tidelake.contracts.broken_rules import BrokenRule, join, written
from tidelake.contracts.contract import Field
from tidelake.contracts.instants import utc_text
from tidelake.contracts.types import TIMESTAMP, Array, Decimal, FieldType, Struct

Check = Callable[[Any, str], Iterator[BrokenRule]]


class ExactChecks:
    """The checks of one contract, compiled. For records that the JSON Schema takes."""

    def __init__(self, fields: Sequence[Field]) -> None:
        self._checks = _checks(fields, masked=False)

    def broken_by(self, record: dict[str, Any]) -> Iterator[BrokenRule]:
        """What is wrong, in the order of the contract's fields; found as it is asked for."""
        for name, check in self._checks:
            value = record.get(name)
            if value is not None:
                yield from check(value, name)


def _checks(fields: Sequence[Field], *, masked: bool) -> list[tuple[str, Check]]:
    found = ((field.name, _check(field.type, masked=masked or field.masked)) for field in fields)
    return [(name, check) for name, check in found if check is not None]


def _check(type_: FieldType, *, masked: bool) -> Check | None:
    if isinstance(type_, Decimal):
        return _decimal_check(type_, masked=masked)
    if type_ == TIMESTAMP:
        return _instant_check(masked=masked)
    if isinstance(type_, Struct):
        return _struct_check(_checks(type_.fields, masked=masked))
    if isinstance(type_, Array):
        item = _check(type_.item.type, masked=masked or type_.item.masked)
        return None if item is None else _array_check(item)
    return None


def _decimal_check(type_: Decimal, *, masked: bool) -> Check:
    whole_digits = type_.precision - type_.scale

    def check(value: int | Number, path: str) -> Iterator[BrokenRule]:
        digits, exponent = _significant(value)
        if -exponent > type_.scale:
            expected = f"at most {type_.scale} digits behind the point, as {type_.sql} keeps them"
            yield BrokenRule(path, "scale", written(value, masked), expected)
        if digits + exponent > whole_digits:
            expected = f"at most {whole_digits} digits before the point, as {type_.sql} keeps them"
            yield BrokenRule(path, "range", written(value, masked), expected)

    return check


def _significant(value: int | Number) -> tuple[int, int]:
    """Number of digits without zeros at their end, and the power of ten of the last one."""
    _, digits, exponent = Number(value).as_tuple()
    significant = len(digits)
    while significant and digits[significant - 1] == 0:
        significant -= 1
    return significant, cast("int", exponent) + len(digits) - significant if significant else 0


def _instant_check(*, masked: bool) -> Check:
    def check(value: str, path: str) -> Iterator[BrokenRule]:
        if value[-1] != "Z" and utc_text(value) is None:
            yield BrokenRule(path, "range", written(value, masked), "an instant in the years 1 to 9999 UTC")

    return check


def _struct_check(checks: list[tuple[str, Check]]) -> Check | None:
    if not checks:
        return None

    def check(value: dict[str, Any], path: str) -> Iterator[BrokenRule]:
        for name, part in checks:
            if (inner := value.get(name)) is not None:
                yield from part(inner, join(path, name))

    return check


def _array_check(item: Check) -> Check:
    def check(value: list[Any], path: str) -> Iterator[BrokenRule]:
        for index, inner in enumerate(value):
            if inner is not None:
                yield from item(inner, join(path, index))

    return check
