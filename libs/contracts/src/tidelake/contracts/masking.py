"""Where in a contract there are values that stay out of messages and logs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from tidelake.contracts.types import Array, FieldType, Struct

if TYPE_CHECKING:
    from tidelake.contracts.contract import Field


def has_masked(type_: FieldType) -> bool:
    """Whether a value of the type can have a masked field in it, at any depth."""
    return any(field.masked or has_masked(field.type) for field in parts(type_))


def names_in(fields: Iterable[Field]) -> Iterator[str]:
    """Every name that the contract gives to a field, at any depth: what is no secret of a sender."""
    for field in fields:
        yield field.name
        yield from names_in(parts(field.type))


def parts(type_: FieldType) -> tuple[Field, ...]:
    """The fields of an object, or the item of an array; nothing for a type without parts."""
    if isinstance(type_, Array):
        return (type_.item,)
    return type_.fields if isinstance(type_, Struct) else ()
