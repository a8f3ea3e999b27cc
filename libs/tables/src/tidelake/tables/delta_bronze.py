"""Bronze tables as Delta tables, written by deltalake."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError
from tidelake.tables.bronze import BRONZE_SCHEMA, BronzeSpec, unfitness
from tidelake.tables.bronze_table import BronzeHandle, BronzeTable, Compacted, TableMissing, TableUnfit
from tidelake.tables.delta_compaction import compact_files
from tidelake.tables.delta_handle import WRITING, DeltaBronzeHandle
from tidelake.tables.errors import StoreUnavailable
from tidelake.tables.refusals import store_errors, told
from tidelake.tables.storage import LakeStorage


class DeltaBronzeTables:
    """The bronze tables below a lake's root."""

    def __init__(self, storage: LakeStorage) -> None:
        self._storage = storage

    def create(self, spec: BronzeSpec) -> None:
        """See BronzeTables.create."""
        options = self._storage.delta_options()
        try:
            with store_errors("create", spec.path):
                DeltaTable.create(
                    self._storage.uri(spec.path),
                    BRONZE_SCHEMA,
                    mode="ignore",
                    name=spec.path.rpartition("/")[2],
                    description=spec.description,
                    configuration=dict(spec.properties),
                    storage_options=options,
                    raise_if_key_not_exists=False,
                    # The loser of a race must not lay a second version over the winner's table.
                    commit_properties=CommitProperties(max_commit_retries=0),
                )
        except StoreUnavailable:
            # A lost race is told like any failure: whether the table is there is what counts.
            if not self._exists(spec.path):
                raise

    def table(self, path: str) -> BronzeTable:
        """See BronzeTables.table."""
        return DeltaBronzeTable(path, self._storage.uri(path), self._storage.delta_options())

    def _exists(self, path: str) -> bool:
        try:
            self.table(path).open()
        except TableMissing:
            return False
        return True


class DeltaBronzeTable:
    """One bronze table at one address."""

    def __init__(self, path: str, uri: str, options: Mapping[str, str]) -> None:
        self.path = path
        self._uri = uri
        self._options = dict(options)

    def open(self) -> BronzeHandle:
        """See BronzeTable.open."""
        delta = self._open()
        metadata = delta.metadata()
        problem = unfitness(
            pa.schema(cast("Any", delta.schema().to_arrow())),
            metadata.configuration,
            metadata.partition_columns,
        )
        if problem is not None:
            raise TableUnfit(self.path, problem)
        return DeltaBronzeHandle(self.path, delta)

    def compact(self, target_bytes: int) -> Compacted:
        """See BronzeTable.compact."""
        return compact_files(self._open(), self.path, target_bytes, WRITING)

    def _open(self) -> DeltaTable:
        with store_errors("open", self.path):
            try:
                return DeltaTable(self._uri, storage_options=dict(self._options))
            except TableNotFoundError:
                raise
            except DeltaError as cause:
                # The store gave its log (trouble with that is an OSError), and the log makes no table.
                raise TableUnfit(self.path, told(cause)) from cause
