"""Values in Debezium's spelling, as the door would have them.

By `decimal.handling.mode=string` and `time.precision.mode=isostring`: decimals are text, dates end with a Z,
and what lies in json and jsonb columns is text.
"""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F
from tidelake.contracts.types import BOOLEAN, DATE, STRING, TIMESTAMP, Array, FieldType, Struct

from silver_processor.core.seen import Seen, kind_of

_NUMBER = r"^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?\z"
_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}Z\z"


def as_at_the_door(type_: FieldType, variant: Column) -> Column:
    """A value for a field of that type; as it is, where both spell it alike, or it means nothing there."""
    if type_ in (STRING, BOOLEAN, TIMESTAMP):
        return variant
    seen = Seen(variant, kind_of(variant))
    text = F.when(seen.is_text, seen.get("string"))
    value = F.coalesce(F.try_parse_json(_json(type_, text)), variant)
    if not isinstance(type_, Array):
        return value
    item = type_.item.type
    items = F.transform(
        F.try_variant_get(value, "$", "array<variant>"), lambda one: as_at_the_door(item, one)
    )
    return F.coalesce(F.to_variant_object(items), value)


def _json(type_: FieldType, text: Column) -> Column:
    """What the text says, as JSON; null if that is text."""
    if isinstance(type_, Struct | Array):
        return text
    if type_ == DATE:
        return F.when(text.rlike(_DAY), F.concat(F.lit('"'), F.substring(text, 1, 10), F.lit('"')))
    return F.when(text.rlike(_NUMBER), text)
