"""The value of each field as its type. It means something only where the field breaks no rule."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F
from tidelake.contracts.contract import Field
from tidelake.contracts.types import DATE, FLOAT, INTEGER_BITS, TIMESTAMP, Array, Struct

from silver_processor.core.seen import Seen, kind_of


def value_of(field: Field, seen: Seen) -> Column:
    """The value. Of a number in a field of type float: the float nearest to the nearest double."""
    type_ = field.type
    if isinstance(type_, Struct):
        parts = [value_of(part, seen.part(part.name)).alias(part.name) for part in type_.fields]
        return F.when(seen.is_object, F.struct(*parts))
    if isinstance(type_, Array):
        item = type_.item
        return F.transform(
            seen.get("array<variant>"), lambda variant: value_of(item, Seen(variant, kind_of(variant)))
        )
    if type_.sql in INTEGER_BITS:
        whole = F.when(seen.is_bigint, seen.get("bigint")).otherwise(
            seen.get("decimal(38,0)").try_cast("bigint")
        )
        return whole if type_.sql == "bigint" else whole.try_cast(type_.sql)
    if type_ in (TIMESTAMP, DATE):
        return seen.get("string").try_cast(type_.sql)
    return seen.get("double").try_cast("float") if type_ == FLOAT else seen.get(type_.sql)
