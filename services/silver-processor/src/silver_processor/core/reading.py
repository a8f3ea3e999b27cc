"""The step before judging: where a row's record is, by the source of its dataset."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import Column
from pyspark.sql import functions as F
from tidelake.contracts.contract import Contract

from silver_processor.core.brokenness import nothing_broken
from silver_processor.core.log_lines import broken_line, line_as_json


@dataclass(frozen=True, slots=True)
class Reading:
    """What there is to judge of a row of bronze."""

    text: Column  # the record as JSON; null where there is none, so that the row is ignored
    broken: Column  # entries of `broken` that keep it from being read at all; never null


def reading_of(contract: Contract) -> Reading:
    """How rows of this dataset are read."""
    text = F.col("value").cast("string")
    if contract.log is not None:
        return Reading(line_as_json(contract, text), broken_line(contract, text))
    return Reading(text, nothing_broken())
