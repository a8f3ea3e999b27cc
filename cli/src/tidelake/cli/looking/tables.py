"""The tables of one dataset, opened for looking: filters reach the files, so that little of them is read."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self, cast

import duckdb
from deltalake import DeltaTable
from tidelake.contracts.contract import Contract
from tidelake.tables.bronze_table import TableMissing
from tidelake.tables.delta_creation import open_table
from tidelake.tables.storage import LakeStorage


@dataclass(frozen=True)
class DatasetTables:
    """The newest versions; None of those that are not there."""

    bronze: DeltaTable | None
    silver: DeltaTable | None
    outcomes: DeltaTable | None
    silver_explains: bool = True  # see Contract

    @classmethod
    def open(cls, storage: LakeStorage, contract: Contract) -> Self:
        """Those of one major version of a dataset. Raises what open_if_there raises."""
        return cls(
            bronze=open_if_there(storage, contract.bronze_path),
            silver=open_if_there(storage, contract.silver_path),
            outcomes=open_if_there(storage, contract.outcomes_path),
            silver_explains=contract.silver_explains,
        )


def open_if_there(storage: LakeStorage, path: str) -> DeltaTable | None:
    """The table at its newest version. Raises LogUnreadable, StoreUnavailable, StoreRefused."""
    try:
        return open_table(storage, path)
    except TableMissing:
        return None


@contextmanager
def looking(**tables: DeltaTable) -> Generator[duckdb.DuckDBPyConnection]:
    """A connection in UTC with each table as a view of its name."""
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        for name, table in tables.items():
            connection.register(name, cast("Any", table).to_pyarrow_dataset())
        yield connection
