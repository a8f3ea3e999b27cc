"""Makes a dataset's tables, or widens them to what its contract says now."""

from __future__ import annotations

from tidelake.contracts.contract import Contract

from silver_processor.core.shapes import outcomes_shape, silver_shape
from silver_processor.core.silver_schema import silver_schema
from silver_processor.flows.ports import TableAt


def make_tables(contract: Contract, table: TableAt) -> None:
    """Returns when silver and its outcomes are there, with every column."""
    table(contract.silver_path).ensure(
        silver_shape(silver_schema(contract), contract.mode), contract.description
    )
    table(contract.outcomes_path).ensure(
        outcomes_shape(contract.mode), f"What became of the rows of {contract.bronze_path}."
    )
