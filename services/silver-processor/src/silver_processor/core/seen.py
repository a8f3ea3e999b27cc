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
    inexact: Column  # whether a DOUBLE of this record may have been written with more digits than it has

    @property
    def nothing(self) -> Column:
        """Whether there is no value. Absent and null mean the same."""
        return self.kind == NOTHING

    @property
    def is_decimal(self) -> Column:
        """Whether it is an exact number that is not a BIGINT."""
        return self.kind.startswith("DECIMAL")

    @property
    def is_number(self) -> Column:
        """Whether it is a number of any kind."""
        return (self.kind == "BIGINT") | self.is_decimal | (self.kind == "DOUBLE")

    def get(self, type_: str) -> Column:
        """The value as that type; null if it can't be. Only for kinds that the type is made for."""
        return F.try_variant_get(self.variant, "$", type_)

    @property
    def written(self) -> Column:
        """Its JSON, as messages show it."""
        return F.coalesce(F.to_json(self.variant), F.lit("null"))


def seen(variant: Column, inexact: Column) -> Seen:
    """The part of a record that `variant` holds."""
    return Seen(variant, kind_of(variant), inexact)


def kind_of(variant: Column) -> Column:
    """Spark's word for what a variant holds; VOID for null."""
    return F.coalesce(F.schema_of_variant(variant), F.lit(NOTHING))
