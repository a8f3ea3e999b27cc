"""What a contract brings about in the lake today, and what of it nothing heeds yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tidelake.contracts.contract import Contract, QualityRule
from tidelake.contracts.keys import DATA_ENGINEERING
from tidelake.contracts.names import LOGS_INBOUND, sql_name


def effects(contract: Contract) -> list[str]:
    """One line for each thing that its team may expect to be otherwise, with the next step."""
    return [*_lines(contract), *_silver(contract), *_quality(contract), *_readers(contract)]


def _lines(contract: Contract) -> Iterator[str]:
    if contract.log is None:
        return
    yield (
        f"lines: what shippers write to {LOGS_INBOUND.name} with the header stream: {contract.log.stream} "
        f"comes to {contract.topic}. Silver makes a record of each line that matches logPattern, and "
        "quarantines the others by the rule pattern."
    )


def _silver(contract: Contract) -> Iterator[str]:
    if contract.has_silver:
        return
    yield (
        "silver: no table is made of it yet. Silver takes what comes by the door with mode: append only, and "
        f"this has mode: {contract.mode}. Read its records in {sql_name(contract.bronze_path)}, as they came."
    )


def _quality(contract: Contract) -> Iterator[str]:
    checked = [rule for rule in contract.quality if rule.decides_rows and contract.has_silver]
    kept = [rule for rule in contract.quality if rule not in checked]
    if checked:
        yield (
            f"quality: silver checks row by row, and quarantines what breaks them: {_names(checked)}. "
            "See what it refused: ./lake quarantine ls."
        )
    if kept and contract.has_silver:
        yield (
            f"quality: kept in the contract, and not checked by anything yet: {_names(kept)}. Silver checks "
            "nullValues, missingValues and invalidValues of a field that mustBe 0 rows, unless of severity "
            "info or warning. Ask for the others yourself: ./lake query."
        )
    elif kept:
        yield (
            "quality: kept in the contract, and not checked by anything, as no silver is made: "
            f"{_names(kept)}. Check them where you read the records."
        )


def _readers(contract: Contract) -> Iterator[str]:
    if not contract.readers:
        yield (
            f"readers: no role has access: read, so the gateway lets nobody but {DATA_ENGINEERING} ask for "
            "it. Add {role: NAME, access: read} under roles; once this version is published, in a new one."
        )


def _names(rules: Sequence[QualityRule]) -> str:
    return ", ".join(rule.name for rule in rules)
