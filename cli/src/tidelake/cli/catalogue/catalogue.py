"""Entering a dataset in the lake's catalogue, once it is in force. May be repeated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from deltalake import DeltaTable
from tidelake.cli.connection import Connection
from tidelake.contracts.contract import Contract
from tidelake.contracts.names import MONITOR_TABLES
from tidelake.local.trino_query import TrinoUnwell, ask
from tidelake.runtime.errors import LakeError, Transient
from tidelake.tables.refusals import store_errors
from tidelake.tables.storage import LakeStorage

from .dataset_row import dataset_row
from .datasets_table import DATASETS, DatasetsTable
from .trino_catalogue import TrinoCatalogue

# A metastore that is away is told by Trino within seconds.
_PATIENCE = timedelta(seconds=30)


class NotRegistered(LakeError, Transient):
    """Trino did not take a dataset's tables into its catalogue."""

    def __init__(self, contract: Contract, cause: TrinoUnwell) -> None:
        self.dataset = contract.dataset
        super().__init__(
            f"{contract.dataset} {contract.version} is published and in force, but not all of its tables are "
            f"registered in Trino's catalogue: {cause}. Nothing is lost; only who asks in SQL does not find "
            "them all. See ./lake status, and when Trino and its metastore serve, run the same again: it "
            "goes on where this ended."
        )


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What the lake has: always as the table ops.datasets, and in Trino where the lake has one."""

    datasets: DatasetsTable
    trino: TrinoCatalogue | None
    kept: Callable[[], Sequence[str]] = tuple  # paths of other tables of the lake, as far as they are there

    def enter(self, contract: Contract, published_at: datetime, told: Callable[[str], None]) -> None:
        """Keep the dataset's row, and register its tables. They must be there.

        Raises NotRegistered, OtherLocation, OtherColumns, CommitFailed, StoreUnavailable, StoreRefused.
        """
        changed = self.datasets.put(dataset_row(contract, published_at))
        told(f"row of {contract.dataset} {contract.version} in {DATASETS}{'' if changed else ', as it was'}")
        if self.trino is None:
            return
        silver = (contract.silver_path, contract.outcomes_path) if contract.has_silver else ()
        try:
            self.trino.register((contract.bronze_path, *silver, DATASETS, *self.kept()), told)
        except TrinoUnwell as cause:
            raise NotRegistered(contract, cause) from cause


def open_catalogue(connection: Connection) -> Catalogue:
    """The catalogue of the lake that a connection names. Asks nothing yet."""
    storage, login = connection.storage(), connection.trino
    trino = TrinoCatalogue(lambda sql: ask(login, sql, _PATIENCE), storage.uri) if login else None
    return Catalogue(DatasetsTable(storage), trino, lambda: monitor_tables(storage))


def monitor_tables(storage: LakeStorage) -> Sequence[str]:
    """Paths of the tables that the monitor keeps; none where the lake has no monitor. Raises
    StoreUnavailable, StoreRefused."""
    found: list[str] = []
    for path in MONITOR_TABLES:
        with store_errors("look for", path):
            if DeltaTable.is_deltatable(storage.uri(path), storage.delta_options()):
                found.append(path)
    return found
