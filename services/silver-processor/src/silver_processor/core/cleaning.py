"""Null in place of what a contract counts as empty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pyspark.sql import Column
from pyspark.sql import functions as F
from tidelake.contracts.contract import Contract

from silver_processor.core.conditions import surely
from silver_processor.core.literals import is_among
from silver_processor.core.quality import missing_values
from silver_processor.core.targets import Target, target_of


def cleaned(contract: Contract, record: Column) -> Column:
    """The record as it goes on, once its rules were asked.

    What is empty stands in the contract: the values that a field's missingValues rules list, whatever they
    say about how many there may be.
    """
    fields = {field.name: record[field.name] for field in contract.fields}
    for target, listed in empties(contract).values():
        first, *inner = target.path
        value = target.value(F.struct(fields[first].alias(first)))
        filled = F.when(~surely(is_among(value, target.field.type, listed)), value)
        around = fields[first]
        fields[first] = (
            F.when(around.isNotNull(), around.withField(".".join(inner), filled)) if inner else filled
        )
    return F.struct(*[value.alias(name) for name, value in fields.items()])


def empties(contract: Contract) -> Mapping[str, tuple[Target, Sequence[Any]]]:
    """Fields with values that count as empty, and these. Null is empty anyhow."""
    found: dict[str, tuple[Target, Sequence[Any]]] = {}
    for rule in contract.quality:
        if rule.metric == "missingValues" and rule.field is not None:
            target, earlier = found.get(rule.field, (target_of(contract.fields, rule.field), ()))
            listed = [one for one in missing_values(rule) if one is not None]
            found[rule.field] = target, (*earlier, *listed)
    return {path: (target, listed) for path, (target, listed) in found.items() if listed}
