"""Every part of a record that the contract asks something of, as rows of one array."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column
from pyspark.sql import functions as F
from tidelake.contracts.contract import Field
from tidelake.contracts.types import Array, Struct

from silver_processor.core.seen import Seen, kind_of
from silver_processor.core.specs import Spec, spec_of

ENTRIES_TYPE = "array<struct<path:string,variant:variant,spec:int>>"


class Entries:
    """The parts of the records of one contract, and what is asked of each."""

    def __init__(self, fields: Sequence[Field], found: Column) -> None:
        """`found` holds each field's variant under its name."""
        self.specs: list[Spec] = []
        groups = [
            self._of(field, F.lit(field.name), found[field.name], masked=field.masked) for field in fields
        ]
        self.column = F.concat(*groups).cast(ENTRIES_TYPE)
        """In the contract's order, outer parts before inner ones. Grain: part of the record."""

    def _of(self, field: Field, path: Column, variant: Column, *, masked: bool) -> Column:
        number = len(self.specs)
        self.specs.append(spec_of(field, masked=masked))
        own = F.array(F.struct(path.alias("path"), variant.alias("variant"), F.lit(number).alias("spec")))
        seen = Seen(variant, kind_of(variant))
        if isinstance(field.type, Struct):
            parts = [
                self._of(
                    part,
                    F.concat(path, F.lit(f".{part.name}")),
                    F.try_variant_get(variant, f"$.{part.name}", "variant"),
                    masked=masked or part.masked,
                )
                for part in field.type.fields
            ]
            return F.when(seen.is_object, F.concat(own, *parts)).otherwise(own)
        if isinstance(field.type, Array):
            item = field.type.item

            def item_entries(inner: Column, index: Column) -> Column:
                here = F.concat(path, F.lit("["), index, F.lit("]"))
                return self._of(item, here, inner, masked=masked or item.masked)

            items = F.flatten(F.transform(seen.get("array<variant>"), item_entries))
            return F.when(seen.is_array, F.concat(own, items)).otherwise(own)
        return own
