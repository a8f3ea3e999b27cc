"""The Delta tables that silver owns: made, widened and added to by deltalake, read by Spark.

Spark would add a micro-batch's rows by a plan, a job and a look at the whole log: a second and more for a few
thousand rows, where deltalake takes a tenth of that (decision 0043).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any, cast

import deltalake
import pyarrow as pa
from deltalake import CommitProperties, Field, Schema, Transaction, WriterProperties, write_deltalake
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import AtomicType, BinaryType, BooleanType, DataType, StructType
from tidelake.tables.announcement import METADATA_KEY, Announcement, CommitAnnounced, encode
from tidelake.tables.bronze import PLAIN_PROPERTIES
from tidelake.tables.bronze_table import CommitRefused, Compacted
from tidelake.tables.delta_compaction import compact_files, files_below
from tidelake.tables.delta_creation import create_unless_there, has_aged, open_table
from tidelake.tables.delta_log import announced_commits
from tidelake.tables.delta_lookup import Between, arrow_schema, rows_with
from tidelake.tables.refusals import commit_error, file_missing, store_errors, told
from tidelake.tables.storage import LakeStorage
from tidelake.tables.tiers import BOUNDS, tier_to_compact

from silver_processor.core.committing import CommitConflict
from silver_processor.outbound.newest_times import newest_times

_PROPERTIES = {
    **PLAIN_PROPERTIES,
    # For each question to a version, Trino reads every commit since the last checkpoint, by three requests.
    "delta.checkpointInterval": "10",
    "delta.logRetentionDuration": "interval 7 days",
}
TOKEN = "lake.silver-processor"
"""Delta application id: its transaction version is the number of the newest decision in the table."""
PROMISE = "lake.silver-processor.promise"
"""Delta application id: its transaction version is the newest decision with more rows for another table."""

KEY = "lake_event_id"

_WITH_STATISTICS = 32
"""Columns of a table, parts of objects among them, that the log has statistics of unless told otherwise."""
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

_WRITING = WriterProperties(compression="ZSTD", compression_level=1)
_COMMIT_ATTEMPTS = 15
"""How often deltalake may step over commits that decide nothing: compactions."""
_SEARCHED = 64
"""Versions among which an announced commit is looked for; between two of them lie a few compactions."""


class SilverTable:
    """One table, by its path below the lake's root. Snapshots are for one thread."""

    def __init__(self, session: SparkSession, storage: LakeStorage, path: str) -> None:
        self.path = path
        self._session = session
        self._storage = storage
        self._kept: SilverSnapshot | None = None

    def exists(self) -> bool:
        """Whether there is a Delta table, of whatever shape."""
        with store_errors("look for", self.path):
            return deltalake.DeltaTable.is_deltatable(
                self._storage.uri(self.path), self._storage.delta_options()
            )

    def version(self) -> int:
        """The newest."""
        return self._open().version()

    def ensure(self, shape: StructType, description: str) -> None:
        """See Table.ensure."""
        wanted = _fields(shape)
        properties = {**_PROPERTIES, **_statistics(shape)}
        delta = create_unless_there(self._storage, self.path, Schema(wanted), properties, description)
        # By their names in small letters: no engine here tells columns apart by case.
        known = {field.name.lower(): field for field in delta.schema().fields}
        with self._changing():
            # A field of an object that the table's object lacks is added to it.
            if lacking := [one for one in wanted if _is_new(one, known.get(one.name.lower()))]:
                delta.alter.add_columns(lacking)
            for one in wanted:
                there = known.get(one.name.lower())
                if there is not None and (said := _comment(one)) != _comment(there):
                    delta.alter.set_column_metadata(there.name, {"comment": said})
            if (delta.metadata().description or "") != description:
                delta.alter.set_table_description(description)

    def read(self) -> DataFrame:
        """See Table.read."""
        return self._session.read.format("delta").load(self._storage.uri(self.path))

    def snapshot(self) -> SilverSnapshot:
        """See Table.snapshot. Opening a table reads all commits since its last checkpoint twice, so it is
        kept from batch to batch."""
        kept, self._kept = self._kept, None  # until it is known to be as good as new
        if kept is None or not kept.renewed():
            kept = SilverSnapshot(self.path, self._open())
        self._kept = kept
        return kept

    def newest(self) -> Sequence[CommitAnnounced]:
        """See Table.newest."""
        with store_errors("read the history of", self.path):
            for found in announced_commits(self._open(), _SEARCHED):
                return (CommitAnnounced.at(found.version, found.announcement),)
        return ()

    def newest_times(self, column: str) -> Mapping[tuple[str, int], datetime]:
        """See Table.newest_times. Without Spark, which would first have to read the whole log."""
        delta = self._open()
        [name] = [field.name for field in delta.schema().fields if field.name.lower() == column.lower()]
        with store_errors("read the newest times of", self.path):
            return newest_times(delta, name)

    def compact(self, least_files: int) -> Compacted:
        """See Table.compact."""
        delta = self._open()
        target = tier_to_compact([files_below(delta, size) for size in BOUNDS], least_files)
        if target is None:
            return Compacted(0, 0)
        return compact_files(delta, self.path, target, _WRITING)

    def _open(self) -> deltalake.DeltaTable:
        return open_table(self._storage, self.path)

    @contextmanager
    def _changing(self) -> Generator[None]:
        try:
            yield
        except Exception as cause:  # as in append
            raise commit_error(self.path, cause) from cause


class SilverSnapshot:
    """One version of a table, and the DeltaTable that is committed against: of two commits that move the
    number of the newest decision from what it was at that version, deltalake lets one fail."""

    def __init__(self, path: str, delta: deltalake.DeltaTable) -> None:
        self._path = path
        self._delta = delta
        self._opened_at = delta.version()
        self._spent = False
        self.decision, self.promised = self._numbers()

    def renewed(self) -> bool:
        """Makes it the newest version. False if it is of no use any more."""
        if self._spent or has_aged(self._delta, self._opened_at):
            return False
        before = self._delta.version()
        with store_errors("read the log of", self._path):
            self._delta.update_incremental()
        if self._delta.version() != before:
            self.decision, self.promised = self._numbers()
        return True

    def _numbers(self) -> tuple[int, int]:
        with store_errors("read the decisions of", self._path):
            decision, promised = (self._delta.transaction_version(app) or 0 for app in (TOKEN, PROMISE))
            return decision, promised

    @property
    def shape(self) -> pa.Schema:
        """See Snapshot.shape."""
        return arrow_schema(self._delta)

    def rows_with(
        self, key: str, keys: pa.Array[Any], between: Between, columns: Sequence[str] | None = None
    ) -> pa.Table:
        """See Snapshot.rows_with."""
        names = {field.name.lower(): field.name for field in self._delta.schema().fields}
        ends = {names[name.lower()]: pair for name, pair in between.items()}
        with store_errors("look into", self._path):
            return rows_with(self._delta, key, keys, ends, columns)

    def append(
        self, rows: pa.Table, announcement: Announcement, decision: int, *, promises: bool = False
    ) -> int:
        """See Snapshot.append."""
        return self._commit(partial(_append, rows), decision, announcement, promises=promises)

    def replace(
        self, rows: pa.Table, announcement: Announcement, decision: int, *, promises: bool = False
    ) -> int:
        """See Snapshot.replace."""
        return self._commit(partial(_replace, rows), decision, announcement, promises=promises)

    def close(self, decision: int) -> None:
        """See Snapshot.close."""
        self._commit(partial(_append, self.shape.empty_table()), decision, None, promises=False)

    def _commit(
        self, write: _Write, decision: int, announcement: Announcement | None, *, promises: bool
    ) -> int:
        tokens, promised = [Transaction(TOKEN, decision)], decision if promises else self.promised
        if promises:
            tokens.append(Transaction(PROMISE, promised))
        told_with = {} if announcement is None else {METADATA_KEY: encode(announcement).decode()}
        self._spent = True
        try:
            write(
                self._delta,
                CommitProperties(
                    app_transactions=tokens, custom_metadata=told_with, max_commit_retries=_COMMIT_ATTEMPTS
                ),
            )
        except Exception as cause:
            # deltalake raises anything here, and the commit may be in the table all the same.
            # A MERGE reads files, and is not committed without one of them.
            if (missing := file_missing(self._path, cause)) is not None:
                raise missing from cause
            if isinstance(refused := commit_error(self._path, cause), CommitRefused):
                raise refused from cause
            raise CommitConflict(self._path, told(cause)) from cause
        self._spent = False
        self.decision, self.promised = decision, promised
        return self._delta.version()


_Write = Callable[[deltalake.DeltaTable, CommitProperties], None]
"""Commits to the version that it is given."""


def _append(rows: pa.Table, delta: deltalake.DeltaTable, commit: CommitProperties) -> None:
    write_deltalake(delta, rows, mode="append", writer_properties=_WRITING, commit_properties=commit)


def _replace(rows: pa.Table, delta: deltalake.DeltaTable, commit: CommitProperties) -> None:
    merge = delta.merge(
        rows,
        f"old.{KEY} = new.{KEY}",
        source_alias="new",
        target_alias="old",
        writer_properties=_WRITING,
        commit_properties=commit,
    )
    merge.when_matched_update_all().when_not_matched_insert_all().execute()


def _fields(shape: StructType) -> list[Field]:
    """As Delta's log writes them, which is Spark's own JSON."""
    return Schema.from_json(shape.json()).fields


def _statistics(shape: StructType) -> Mapping[str, str]:
    """Nothing, if the log has statistics of every column by itself; else names those that it is to have: the
    lake's own before the contract's, which come first in the table."""
    if _leaves(shape) <= _WITH_STATISTICS:
        return {}
    names = [
        field.name
        for field in shape.fields
        if isinstance(field.dataType, AtomicType)
        and not isinstance(field.dataType, (BinaryType, BooleanType))
        and _PLAIN_NAME.fullmatch(field.name)
    ]
    names.sort(key=lambda name: not name.startswith("lake_"))
    return {"delta.dataSkippingStatsColumns": ",".join(names[:_WITH_STATISTICS])}


def _leaves(kind: DataType) -> int:
    return sum(_leaves(field.dataType) for field in kind.fields) if isinstance(kind, StructType) else 1


def _comment(field: Field) -> str:
    return str(field.metadata.get("comment", ""))


def _is_new(field: Field, known: Field | None) -> bool:
    return known is None or _bare(_json(field.type)) != _bare(_json(known.type))


def _json(described: Any) -> Any:
    return json.loads(described.to_json())


def _bare(described: Any) -> Any:
    """A type's JSON without comments, everything nullable."""
    if isinstance(described, list):
        return [_bare(one) for one in cast("list[Any]", described)]
    if not isinstance(described, dict):
        return described
    loose: dict[str, Any] = {"metadata": {}, "nullable": True, "containsNull": True}
    return {name: loose.get(name, _bare(part)) for name, part in cast("dict[str, Any]", described).items()}
