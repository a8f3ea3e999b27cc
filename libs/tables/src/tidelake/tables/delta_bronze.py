"""Bronze tables as Delta tables, written by deltalake."""

from __future__ import annotations

from functools import cached_property
from typing import Any, cast

import pyarrow as pa
from tidelake.tables.bronze import BRONZE_SCHEMA, BronzeSpec, unfitness
from tidelake.tables.bronze_table import BronzeHandle, BronzeTable, Compacted, TableUnfit
from tidelake.tables.delta_compaction import compact_files
from tidelake.tables.delta_creation import create_unless_there, open_table
from tidelake.tables.delta_handle import WRITING, DeltaBronzeHandle
from tidelake.tables.objects import Objects
from tidelake.tables.storage import LakeStorage


class DeltaBronzeTables:
    """The bronze tables below a lake's root."""

    def __init__(self, storage: LakeStorage) -> None:
        self._storage = storage

    def create(self, spec: BronzeSpec) -> None:
        """See BronzeTables.create."""
        create_unless_there(self._storage, spec.path, BRONZE_SCHEMA, spec.properties, spec.description)

    def table(self, path: str) -> BronzeTable:
        """See BronzeTables.table."""
        return DeltaBronzeTable(self._storage, path)


class DeltaBronzeTable:
    """One bronze table, by its path below the lake's root."""

    def __init__(self, storage: LakeStorage, path: str) -> None:
        self.path = path
        self._storage = storage

    def open(self) -> BronzeHandle:
        """See BronzeTable.open."""
        delta = open_table(self._storage, self.path)
        metadata = delta.metadata()
        problem = unfitness(
            pa.schema(cast("Any", delta.schema().to_arrow())),
            metadata.configuration,
            metadata.partition_columns,
        )
        if problem is not None:
            raise TableUnfit(self.path, problem)
        return DeltaBronzeHandle(self.path, delta, self._objects)

    @cached_property
    def _objects(self) -> Objects:
        return self._storage.objects()

    def compact(self, target_bytes: int) -> Compacted:
        """See BronzeTable.compact."""
        return compact_files(open_table(self._storage, self.path), self.path, target_bytes, WRITING)
