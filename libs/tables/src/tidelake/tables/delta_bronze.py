"""Bronze tables as Delta tables, written by deltalake."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError
from pyarrow import parquet
from tidelake.tables.bronze import BRONZE_SCHEMA, BronzeSpec, unfitness
from tidelake.tables.bronze_table import BronzeHandle, BronzeTable, Compacted, TableMissing, TableUnfit
from tidelake.tables.compaction import FileShape, safe_target
from tidelake.tables.delta_handle import WRITING, DeltaBronzeHandle
from tidelake.tables.errors import StoreUnavailable
from tidelake.tables.refusals import commit_error, store_errors, told
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
        delta = self._open()
        with store_errors("read the files of", self.path):
            target = safe_target(target_bytes, _shapes(delta, target_bytes))
        try:
            done = delta.optimize.compact(
                target_size=target, max_concurrent_tasks=1, writer_properties=WRITING
            )
        except Exception as cause:  # deltalake raises anything here
            raise commit_error(self.path, cause) from cause
        return Compacted(done["numFilesRemoved"], done["numFilesAdded"])

    def _open(self) -> DeltaTable:
        with store_errors("open", self.path):
            try:
                return DeltaTable(self._uri, storage_options=dict(self._options))
            except TableNotFoundError:
                raise
            except DeltaError as cause:
                # The store gave its log (trouble with that is an OSError), and the log makes no table.
                raise TableUnfit(self.path, told(cause)) from cause


def _shapes(delta: DeltaTable, below: int) -> Iterator[FileShape]:
    """The files smaller than that, by their footers."""
    untyped, read_footer = cast("Any", delta), cast("Any", parquet).read_metadata
    store = untyped.to_pyarrow_dataset().filesystem
    adds = pa.table(delta.get_add_actions()).select(["path", "size_bytes"]).to_pydict()
    for path, size in zip(adds["path"], adds["size_bytes"], strict=True):
        if size < below:
            footer = read_footer(path, filesystem=store)
            groups = (footer.row_group(number) for number in range(footer.num_row_groups))
            yield FileShape(size, sum(group.total_byte_size for group in groups), footer.num_rows)
