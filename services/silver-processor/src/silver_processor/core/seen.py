"""A value as it stands in a record, before anything is made of it.

A number in a variant is a BIGINT where it is written as a whole number of 64 bits, else a DECIMAL of its own
precision and scale while at most 38 digits and no exponent are written, else a DOUBLE. All but the last are
exact, and their text has no zeros at the end of its fraction.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import Column
from pyspark.sql import functions as F

NOTHING = "VOID"


@dataclass(frozen=True, slots=True)
class Seen:
    """A part of a record."""

    variant: Column  # null if it is absent
    kind: Column  # Spark's word for what it is: VOID for null and for what is absent; never null

    def get(self, type_: str) -> Column:
        """The value as that type; null if it can't be. Only for kinds that the type is made for."""
        return F.try_variant_get(self.variant, "$", type_)

    def part(self, name: str) -> Seen:
        """A field of an object; absent if this is no object."""
        variant = F.try_variant_get(self.variant, f"$.{name}", "variant")
        return Seen(variant, kind_of(variant))

    @property
    def is_text(self) -> Column:
        """Whether it is text."""
        return self.kind == "STRING"

    @property
    def is_bigint(self) -> Column:
        """Whether it is a whole number, written so, that 64 bits hold."""
        return self.kind == "BIGINT"

    @property
    def is_decimal(self) -> Column:
        """Whether it is another exact number."""
        return self.kind.startswith("DECIMAL")

    @property
    def is_double(self) -> Column:
        """Whether it is a number of which a double is all that is known."""
        return self.kind == "DOUBLE"

    @property
    def is_number(self) -> Column:
        """Whether it is a number of any kind."""
        return self.is_bigint | self.is_decimal | self.is_double

    @property
    def is_object(self) -> Column:
        """Whether it is an object."""
        return self.kind.startswith("OBJECT")

    @property
    def is_array(self) -> Column:
        """Whether it is an array."""
        return self.kind.startswith("ARRAY")


def kind_of(variant: Column) -> Column:
    """Spark's word for what a variant holds; VOID for null."""
    return F.coalesce(F.schema_of_variant(variant), F.lit(NOTHING))
