"""The tables of a lake by their names in SQL."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from tidelake.cli.catalogue.datasets_table import DATASETS
from tidelake.contracts.contract import Contract
from tidelake.contracts.names import MONITOR_TABLES, sql_name
from tidelake.runtime.errors import LakeError, Terminal


class UnknownTable(LakeError, Terminal):
    """No contract has a table of that name."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        self.name = name
        holding = [one for one in known if name and name in one]
        near = ", ".join(dict.fromkeys([*get_close_matches(name, known), *holding]))
        super().__init__(
            f"There is no table {name!r} in this lake. {f'Near it: {near}. ' if near else ''}"
            "./lake tables lists all; those of a dataset come with its contract: ./lake dataset apply FILE."
        )


@dataclass(frozen=True, slots=True)
class LakeTable:
    """A table that a published contract asks for, or one of the lake's own."""

    dataset: str  # address of the dataset and major version; empty for the lake's own
    kind: str  # bronze, silver, outcomes, ops
    path: str  # below the lake's root
    optional: bool = False  # a lake without a monitor has no table of it

    @property
    def name(self) -> str:
        """schema.table, in Trino's catalogue `lake`."""
        return sql_name(self.path)


def tables_of_lake(contracts: Iterable[Contract]) -> list[LakeTable]:
    """Those of the newest contract of each major version, in their order, then the lake's own."""
    tables: list[LakeTable] = []
    for contract in contracts:
        tables.append(LakeTable(contract.address, "bronze", contract.bronze_path))
        if contract.has_silver:
            tables.append(LakeTable(contract.address, "silver", contract.silver_path))
            tables.append(LakeTable(contract.address, "outcomes", contract.outcomes_path))
    tables.append(LakeTable("", "ops", DATASETS))
    return [*tables, *(LakeTable("", "ops", path, optional=True) for path in MONITOR_TABLES)]


def find_table(name: str, tables: Sequence[LakeTable]) -> LakeTable:
    """The table that is called so, as SQL takes it: letters of any size, with or without the catalogue.

    Raises UnknownTable.
    """
    wanted = name.lower().removeprefix("lake.")
    for table in tables:
        if table.name == wanted:
            return table
    raise UnknownTable(name, [table.name for table in tables])
