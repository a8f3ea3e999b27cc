"""Which of a contract's quality rules speak about single rows, and what they say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pyspark.sql import Column
from pyspark.sql import functions as F
from tidelake.contracts.broken_rules import shortened
from tidelake.contracts.contract import Contract, QualityRule
from tidelake.contracts.explanation import ABSENT, EXPECTED
from tidelake.contracts.patterns import java_pattern

from silver_processor.core.brokenness import as_message, broken_rule
from silver_processor.core.conditions import any_of, surely
from silver_processor.core.literals import is_among
from silver_processor.core.specs import longest_for
from silver_processor.core.spelling import matches
from silver_processor.core.targets import Target, target_of


@dataclass(frozen=True, slots=True)
class RowRule:
    """A quality rule that each row keeps or breaks."""

    rule: QualityRule
    target: Target

    def broken_by(self, record: Column) -> Column:
        """Whether a typed record breaks it. A value that is not there is missing, and never invalid."""
        value, type_ = self.target.value(record), self.target.field.type
        if self.rule.metric == "nullValues":
            return value.isNull()
        if self.rule.metric == "missingValues":
            listed = missing_values(self.rule)
            return F.coalesce(is_among(value, type_, listed), F.lit(None in listed))
        arguments = self.rule.arguments
        invalid: list[Column] = []
        if "validValues" in arguments:
            invalid.append(~is_among(value, type_, arguments["validValues"]))
        if "pattern" in arguments:
            pattern = arguments["pattern"]
            longest = F.lit(longest_for(pattern))
            invalid.append(~matches(value.cast("string"), F.lit(java_pattern(pattern)), longest))
        return any_of([surely(one) for one in invalid])

    def told(self, record: Column, found: Column, broken: Column) -> Column:
        """Its entry of `broken`, or null. A value that broke its type (in `broken`) is not told again."""
        seen = F.coalesce(
            as_message(F.to_json(self.target.variant(found)), masked=self.target.masked), F.lit(ABSENT)
        )
        entry = broken_rule(F.lit(self.target.name), F.lit(self.rule.name), seen, F.lit(self.expected))
        return F.when(~self.target.broken_in(broken) & self.broken_by(record), entry)

    @property
    def expected(self) -> str:
        """What would be right."""
        arguments = self.rule.arguments
        if self.rule.metric == "nullValues":
            return "a value"
        if self.rule.metric == "missingValues":
            return f"none of {_in_words(missing_values(self.rule))}"
        words = [f"one of {_in_words(arguments['validValues'])}"] if "validValues" in arguments else []
        words += [EXPECTED["pattern"].format(arguments["pattern"])] if "pattern" in arguments else []
        return ", ".join(words)


def row_rules(contract: Contract) -> list[RowRule]:
    """The rules that decide row by row, in the contract's order."""
    return list(_row_rules(contract))


def missing_values(rule: QualityRule) -> Sequence[Any]:
    """What a missingValues rule counts as no value; null where it lists nothing."""
    return rule.arguments.get("missingValues", (None,))


def _row_rules(contract: Contract) -> Iterator[RowRule]:
    for rule in contract.quality:
        if rule.decides_rows and rule.field is not None:
            yield RowRule(rule, target_of(contract.fields, rule.field))


def _in_words(listed: Sequence[Any]) -> str:
    words = ("null" if one is None else '""' if one == "" else str(one) for one in listed)
    return shortened(", ".join(words))
