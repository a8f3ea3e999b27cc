"""Each field of a record as its type, or the rules that it breaks, at every depth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pyspark.sql import Column
from pyspark.sql import functions as F
from tidelake.contracts.broken_rules import join
from tidelake.contracts.contract import Field
from tidelake.contracts.explanation import ABSENT, need
from tidelake.contracts.types import (
    BOOLEAN,
    DATE,
    INTEGER_BITS,
    STRING,
    TIMESTAMP,
    Array,
    Decimal,
    Struct,
)

from silver_processor.core.brokenness import (
    BROKEN_TYPE,
    Rule,
    all_of,
    any_of,
    as_message,
    broken_of,
    nothing_broken,
)
from silver_processor.core.enums import enum_rules
from silver_processor.core.numbers import (
    decimal_rules,
    decimal_value,
    floating_rules,
    floating_value,
    integer_rules,
    integer_value,
)
from silver_processor.core.seen import Seen, kind_of, seen
from silver_processor.core.texts import (
    date_rules,
    date_value,
    instant_rules,
    instant_value,
    text_rules,
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a record a field stands."""

    path: Column  # as messages write it: items[0].price
    masked: bool

    def inside(self, field: Field) -> Place:
        """A field of the object that stands here."""
        return Place(F.concat(self.path, F.lit(f".{field.name}")), self.masked or field.masked)

    def item(self, index: Column, item: Field) -> Place:
        """An item of the array that stands here."""
        return Place(F.concat(self.path, F.lit("["), index, F.lit("]")), self.masked or item.masked)


@dataclass(frozen=True, slots=True)
class Cell:
    """What a field holds."""

    value: Column  # of the field's type; means something only if fine
    fine: Column  # whether no rule is broken, here and further inside; never null
    broken: Column  # entries of `broken`; empty exactly if fine


def cell(field: Field, here: Seen, place: Place) -> Cell:
    """The field that holds `here`."""
    if isinstance(field.type, Struct):
        return _struct_cell(field, field.type, here, place)
    if isinstance(field.type, Array):
        return _array_cell(field, field.type, here, place)
    value, rules = _scalar(field, here)
    rules = [*_required(field, here), *rules, *enum_rules(here, field)]
    return Cell(value, ~any_of([rule.broken for rule in rules]), _told(rules, here, place))


def _scalar(field: Field, here: Seen) -> tuple[Column, list[Rule]]:
    type_ = field.type
    if isinstance(type_, Decimal):
        return decimal_value(here, type_), decimal_rules(here, field, type_)
    if type_.sql in INTEGER_BITS:
        return integer_value(here, field), integer_rules(here, field)
    if type_ == STRING:
        return here.get("string"), text_rules(here, field)
    if type_ == TIMESTAMP:
        return instant_value(here), instant_rules(here, field)
    if type_ == DATE:
        return date_value(here), date_rules(here, field)
    if type_ == BOOLEAN:
        return here.get("boolean"), [_kind_rule(field, here, here.kind == "BOOLEAN")]
    return floating_value(here, field), floating_rules(here, field)


def _required(field: Field, here: Seen) -> list[Rule]:
    return [Rule("required", here.nothing, F.lit(need(field)))] if field.required else []


def _kind_rule(field: Field, here: Seen, right: Column) -> Rule:
    return Rule("type", ~(right | here.nothing), F.lit(need(field)))


def _told(rules: Sequence[Rule], here: Seen, place: Place) -> Column:
    said = as_message(here.written, masked=place.masked)
    value = F.when(here.variant.isNull(), F.lit(ABSENT)).otherwise(said)
    return broken_of(rules, place.path, value)


def _struct_cell(field: Field, type_: Struct, here: Seen, place: Place) -> Cell:
    is_object = here.kind.startswith("OBJECT")
    parts = {
        part.name: cell(
            part,
            seen(F.try_variant_get(here.variant, f"$.{part.name}", "variant"), here.inexact),
            place.inside(part),
        )
        for part in type_.fields
    }
    rules = [*_required(field, here), _kind_rule(field, here, is_object), *enum_rules(here, field)]
    inside = all_of([part.fine for part in parts.values()])
    told = F.when(is_object, F.concat(*[part.broken for part in parts.values()]))
    return Cell(
        F.when(is_object, F.struct(*[part.value.alias(name) for name, part in parts.items()])),
        ~any_of([rule.broken for rule in rules]) & (~is_object | inside),
        F.concat(_told(rules, here, place), told.otherwise(nothing_broken())),
    )


def _array_cell(field: Field, type_: Array, here: Seen, place: Place) -> Cell:
    is_array = here.kind.startswith("ARRAY")
    items = here.get("array<variant>")

    def item(variant: Column, index: Column) -> Cell:
        return cell(type_.item, seen(variant, here.inexact), place.item(index, type_.item))

    rules = [*_required(field, here), _kind_rule(field, here, is_array), *enum_rules(here, field)]
    told = F.flatten(F.transform(items, lambda variant, index: item(variant, index).broken))
    fine = F.forall(items, lambda variant: item(variant, F.lit(0)).fine)
    return Cell(
        F.when(is_array, F.transform(items, lambda variant: item(variant, F.lit(0)).value)),
        ~any_of([rule.broken for rule in rules]) & (~is_array | fine),
        F.concat(_told(rules, here, place), F.when(is_array, told).otherwise(nothing_broken())).cast(
            BROKEN_TYPE
        ),
    )


def record_cells(
    fields: Sequence[Field], cells: Column, kinds: Column, inexact: Column
) -> Mapping[str, Cell]:
    """The contract's fields. `cells` holds each one's variant under its name, `kinds` its kind."""
    return {
        field.name: cell(
            field,
            Seen(cells[field.name], kinds[field.name], inexact),
            Place(F.lit(join("", field.name)), field.masked),
        )
        for field in fields
    }


def kinds_of(fields: Sequence[Field], cells: Column) -> Iterator[Column]:
    """The kind of each field, named as the field."""
    return (kind_of(cells[field.name]).alias(field.name) for field in fields)
