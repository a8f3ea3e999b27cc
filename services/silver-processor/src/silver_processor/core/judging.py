"""What each row of bronze means by its contract: a record that can go on, or every rule that it breaks."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from tidelake.contracts.contract import Contract
from tidelake.contracts.event_id import MAX_EVENT_ID_BYTES

from silver_processor.core.brokenness import (
    MOST_PROBLEMS,
    Rule,
    all_of,
    as_message,
    broken_of,
    nothing_broken,
)
from silver_processor.core.event_id import contract_id, is_usable, position, senders_id
from silver_processor.core.numbers import INEXACT
from silver_processor.core.quality import cleaned, row_checks
from silver_processor.core.strict_json import (
    RECORD,
    broken_json,
    deserves_a_look,
    is_whole,
    parsed,
    without_strings,
)
from silver_processor.core.typed import Cell, kinds_of, record_cells

# Columns on the way. Each stands in a step of its own where a later one asks for it more than once.
_TEXT, _VARIANT, _FOUND, _KINDS, _DOCUMENT, _FINE, _TYPED, _ID = (
    f"judging_{name}" for name in ("text", "variant", "found", "kinds", "document", "fine", "typed", "id")
)


def judge(bronze: DataFrame, contract: Contract) -> DataFrame:
    """Every column of bronze, and what the row means.

    - event_id string, never null: see the module event_id
    - record struct of the contract's fields: null where the row is broken or ignored
    - broken array<struct<field, rule, value, expected>>: empty where all is well, never null, at most 20
    - event_time timestamp: null if the contract names none, or where it is broken
    - ignored boolean: whether the row is a tombstone, which has no value

    The verdict is the door's, apart from what the modules here say themselves. The session must be in ANSI
    mode and in UTC. Keep the result before asking it more than once, since each question judges anew.
    """
    return _answered(_typed(_read(bronze, contract), contract), bronze.columns, contract)


def _read(rows: DataFrame, contract: Contract) -> DataFrame:
    """JSON into a variant for each field, and what is wrong with the JSON itself."""
    text, variant, found = F.col(_TEXT), F.col(_VARIANT), F.col(_FOUND)
    parts = f"struct<{','.join(f'{field.name}:variant' for field in contract.fields)}>"
    masked = any(field.masked for field in contract.fields)
    strict = F.when(found.isNotNull(), ~deserves_a_look(text)).otherwise(text.isNull())
    explained = broken_json(text, variant, found.isNotNull(), masked=masked)
    return (
        rows.withColumn(_TEXT, F.col("value").cast("string"))
        .withColumn(_VARIANT, parsed(text))
        .withColumn(_FOUND, F.when(is_whole(variant), F.try_variant_get(variant, RECORD, parts)))
        .withColumns(
            {
                _DOCUMENT: F.when(strict, nothing_broken()).otherwise(explained),
                _KINDS: F.struct(*kinds_of(contract.fields, found)),
            }
        )
    )


def _cells(contract: Contract) -> Mapping[str, Cell]:
    inexact = without_strings(F.col(_TEXT)).rlike(INEXACT)
    return record_cells(contract.fields, F.col(_FOUND), F.col(_KINDS), inexact)


def _typed(rows: DataFrame, contract: Contract) -> DataFrame:
    """The fields as their types, whether each is fine, and the id that they make."""
    cells = _cells(contract)
    typed, fine = F.col(_TYPED), F.col(_FINE)
    known = {name: Cell(typed[name], fine[name], cell.broken) for name, cell in cells.items()}
    return rows.withColumns(
        {
            _FINE: F.struct(*[cell.fine.alias(name) for name, cell in cells.items()]),
            _TYPED: F.struct(*[cell.value.alias(name) for name, cell in cells.items()]),
        }
    ).withColumn(_ID, F.coalesce(contract_id(contract, known), senders_id()))


def _answered(rows: DataFrame, bronze: list[str], contract: Contract) -> DataFrame:
    typed, fine, named = F.col(_TYPED), F.col(_FINE), F.col(_ID)
    names = [field.name for field in contract.fields]
    ignored = F.col("value").isNull()
    record = cleaned(contract, {name: typed[name] for name in names})
    time = contract.event_time
    event_time = F.lit(None).cast("timestamp") if time is None else F.when(fine[time], typed[time])
    return rows.withColumn("broken", _broken(contract)).select(
        *bronze,
        F.when(is_usable(named), named).otherwise(position()).alias("event_id"),
        F.when(
            ~ignored & (F.size("broken") == 0), F.struct(*[part.alias(name) for name, part in record.items()])
        ).alias("record"),
        "broken",
        event_time.alias("event_time"),
        ignored.alias("ignored"),
    )


def _broken(contract: Contract) -> Column:
    """Every rule that a row breaks: of its JSON alone, or of its fields, their quality and its id."""
    found, fine, document = F.col(_FOUND), F.col(_FINE), F.col(_DOCUMENT)
    checks = row_checks(contract, F.col(_TYPED), fine, found)
    name_rule = _name_rule()
    well = all_of(
        [
            *[fine[field.name] for field in contract.fields],
            *[~check.rule.broken for check in checks],
            ~name_rule.broken,
        ]
    )
    masked = any(field.masked for field in contract.fields)
    told = F.concat(
        *[cell.broken for cell in _cells(contract).values()],
        *[broken_of([check.rule], F.lit(check.field), check.seen) for check in checks],
        broken_of([name_rule], F.lit(""), as_message(F.col(_ID), masked=masked)),
    )
    return (
        F.when(F.col("value").isNull() | (F.size(document) > 0), document)
        .when(well, nothing_broken())
        .otherwise(F.slice(told, 1, MOST_PROBLEMS))
    )


def _name_rule() -> Rule:
    broken = ~F.coalesce(is_usable(F.col(_ID)), F.lit(True))
    return Rule("event_id_length", broken, F.lit(f"an event id of 1 to {MAX_EVENT_ID_BYTES} bytes"))
