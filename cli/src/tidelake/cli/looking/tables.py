"""The tables of one dataset, opened for looking: filters reach the files, so that little of them is read."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self, cast

import duckdb
from deltalake import DeltaTable
from deltalake.exceptions import TableNotFoundError
from tidelake.contracts.contract import Contract
from tidelake.tables.storage import LakeStorage


@dataclass(frozen=True)
class DatasetTables:
    """The newest versions; None of those that are not there."""

    bronze: DeltaTable | None
    silver: DeltaTable | None
    outcomes: DeltaTable | None

    @classmethod
    def open(cls, storage: LakeStorage, contract: Contract) -> Self:
        """Those of one major version of a dataset."""

        def table(path: str) -> DeltaTable | None:
            try:
                return DeltaTable(storage.uri(path), storage_options=storage.delta_options())
            except TableNotFoundError:
                return None

        return cls(table(contract.bronze_path), table(contract.silver_path), table(contract.outcomes_path))


@contextmanager
def looking(**tables: DeltaTable) -> Generator[duckdb.DuckDBPyConnection]:
    """A connection in UTC with each table as a view of its name."""
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        for name, table in tables.items():
            connection.register(name, cast("Any", table).to_pyarrow_dataset())
        yield connection
