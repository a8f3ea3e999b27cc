"""The field that a quality rule is about: one of the record, or of an object in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import Column
from pyspark.sql import functions as F
from tidelake.contracts.contract import Field
from tidelake.contracts.masking import has_masked
from tidelake.contracts.types import Struct


@dataclass(frozen=True, slots=True)
class Target:
    """A field with the way to it."""

    path: tuple[str, ...]
    field: Field
    masked: bool  # here, further out or further in

    @property
    def name(self) -> str:
        """The path as messages write it."""
        return ".".join(self.path)

    def value(self, record: Column) -> Column:
        """Its value in a typed record; null where an object around it is null."""
        for step in self.path:
            record = record[step]
        return record

    def variant(self, found: Column) -> Column:
        """Its variant; `found` holds those of the record's fields."""
        first, *inner = self.path
        path = ".".join(["$", *inner])
        return F.try_variant_get(found[first], path, "variant") if inner else found[first]

    def broken_in(self, broken: Column) -> Column:
        """Whether entries of `broken` name it or an object around it."""
        around = [".".join(self.path[:depth]) for depth in range(1, len(self.path) + 1)]
        return F.exists(broken, lambda entry: entry["field"].isin(*around))


def target_of(fields: Sequence[Field], path: str) -> Target:
    """The field at a dotted path. Raises KeyError."""
    first, _, inner = path.partition(".")
    field = {field.name: field for field in fields}[first]
    if not inner:
        return Target((first,), field, field.masked or has_masked(field.type))
    below = target_of(field.type.fields if isinstance(field.type, Struct) else (), inner)
    return Target((first, *below.path), below.field, field.masked or below.masked)
