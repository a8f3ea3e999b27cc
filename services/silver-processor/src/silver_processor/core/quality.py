"""Which of a contract's quality rules speak about single rows, and what they say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyspark.sql import Column
from pyspark.sql import functions as F
from tidelake.contracts.broken_rules import shortened
from tidelake.contracts.contract import Contract, Field, QualityRule
from tidelake.contracts.explanation import ABSENT
from tidelake.contracts.types import Struct

from silver_processor.core.brokenness import Rule, as_message
from silver_processor.core.literals import is_among
from silver_processor.core.texts import matches

ROW_METRICS = ("nullValues", "missingValues", "invalidValues")
_GRAVE = (None, "error", "critical")


@dataclass(frozen=True, slots=True)
class Target:
    """The field that a rule is about."""

    path: tuple[str, ...]
    field: Field
    masked: bool

    @property
    def name(self) -> str:
        """The path as messages write it."""
        return ".".join(self.path)

    def within(self, record: Column) -> Column:
        """The field's value; null where an object around it is null."""
        for step in self.path:
            record = record[step]
        return record


@dataclass(frozen=True, slots=True)
class RowCheck:
    """One rule on one field of a row."""

    rule: Rule
    field: str
    seen: Column  # the value as messages show it


def decides_rows(rule: QualityRule) -> bool:
    """Whether a row alone breaks the rule, so that the row is put aside.

    So do nullValues, missingValues and invalidValues that must be 0, counted in rows, of severity error or
    critical or none given. Shares, warnings, repeats, counts and SQL are conditions on tables.
    """
    operator, operand = rule.must
    return (
        rule.metric in ROW_METRICS
        and rule.field is not None
        and operator == "mustBe"
        and not isinstance(operand, bool)
        and operand == 0
        and rule.unit in (None, "rows")
        and rule.severity in _GRAVE
    )


def row_checks(contract: Contract, typed: Column, fine: Column, found: Column) -> list[RowCheck]:
    """The rules that decide row by row, in the contract's order.

    `typed`, `fine` and `found` hold each field under its name: its value, whether its type is kept, and its
    variant. A value that breaks its type is not asked for its quality.
    """
    checks: list[RowCheck] = []
    for rule in contract.quality:
        if not decides_rows(rule) or rule.field is None:
            continue
        target = target_of(contract.fields, rule.field)
        first, *inner = target.path
        variant = found[first]
        if inner:
            variant = F.try_variant_get(variant, f"$.{'.'.join(inner)}", "variant")
        judged = quality_rule(rule, target, target.within(typed))
        judged = Rule(judged.name, fine[first] & judged.broken, judged.expected)
        said = as_message(F.to_json(variant), masked=target.masked)
        checks.append(RowCheck(judged, target.name, F.coalesce(said, F.lit(ABSENT))))
    return checks


def target_of(fields: Sequence[Field], path: str) -> Target:
    """The field at a dotted path. Raises KeyError."""
    steps = tuple(path.split("."))
    masked = False
    found: Field | None = None
    for step in steps:
        found = {field.name: field for field in fields}[step]
        masked = masked or found.masked
        fields = found.type.fields if isinstance(found.type, Struct) else ()
    if found is None:
        raise KeyError(path)
    return Target(steps, found, masked)


def quality_rule(rule: QualityRule, target: Target, value: Column) -> Rule:
    """The rule about one value. An invalid value is one that is there: null is not invalid."""
    if rule.metric == "nullValues":
        return Rule(rule.name, value.isNull(), F.lit("a value"))
    if rule.metric == "missingValues":
        listed = missing_values(rule)
        missing = F.coalesce(is_among(value, target.field.type, listed), F.lit(None in listed))
        return Rule(rule.name, missing, F.lit(f"none of {_in_words(listed)}"))
    ways: list[Column] = []
    words: list[str] = []
    if "validValues" in rule.arguments:
        listed = rule.arguments["validValues"]
        ways.append(~is_among(value, target.field.type, listed))
        words.append(f"one of {_in_words(listed)}")
    if "pattern" in rule.arguments:
        pattern: str = rule.arguments["pattern"]
        ways.append(~matches(value.cast("string"), pattern))
        words.append(f"text that matches {pattern}")
    broken = F.lit(False)
    for way in ways:
        broken = broken | F.coalesce(way, F.lit(False))
    return Rule(rule.name, broken, F.lit(", ".join(words)))


def missing_values(rule: QualityRule) -> Sequence[Any]:
    """What the rule counts as no value; null where it lists nothing."""
    return rule.arguments.get("missingValues", (None,))


def empties(contract: Contract) -> Mapping[str, tuple[Target, Sequence[Any]]]:
    """Fields with values that count as empty, and these: of every missingValues rule, whatever its unit."""
    found: dict[str, tuple[Target, Sequence[Any]]] = {}
    for rule in contract.quality:
        if rule.metric != "missingValues" or rule.field is None:
            continue
        listed = [one for one in missing_values(rule) if one is not None]
        if listed:
            target, earlier = found.get(rule.field, (target_of(contract.fields, rule.field), ()))
            found[rule.field] = target, (*earlier, *listed)
    return found


def cleaned(contract: Contract, record: Mapping[str, Column]) -> dict[str, Column]:
    """The fields with null in place of what counts as empty."""
    fields = dict(record)
    for target, listed in empties(contract).values():
        first, *inner = target.path
        value = fields[first]
        for step in inner:
            value = value[step]
        filled = F.when(~F.coalesce(is_among(value, target.field.type, listed), F.lit(False)), value)
        whole = fields[first]
        fields[first] = (
            F.when(whole.isNotNull(), whole.withField(".".join(inner), filled)) if inner else filled
        )
    return fields


def _in_words(listed: Sequence[Any]) -> str:
    return shortened(
        ", ".join("null" if one is None else repr(one) if one == "" else str(one) for one in listed)
    )
