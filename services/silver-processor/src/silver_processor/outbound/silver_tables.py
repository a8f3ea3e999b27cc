"""The Delta tables that silver owns, through Spark: made, widened, merged into, read."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any, cast

import deltalake
import msgspec
from delta.exceptions import (
    ConcurrentAppendException,
    ConcurrentDeleteDeleteException,
    ConcurrentDeleteReadException,
    ConcurrentTransactionException,
    ConcurrentWriteException,
    DeltaConcurrentModificationException,
    MetadataChangedException,
    ProtocolChangedException,
)
from delta.tables import DeltaTable
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql.types import StructField, StructType
from tidelake.tables.announcement import Announcement, CommitAnnounced, decode_announcement, encode
from tidelake.tables.storage import LakeStorage

from silver_processor.core.committing import CommitConflict, Committed

# Nothing here raises the protocol above (1, 2): every engine reads it.
PROPERTIES = {
    "delta.checkpointInterval": "50",
    "delta.checkpointPolicy": "classic",
    "delta.columnMapping.mode": "none",
    "delta.enableDeletionVectors": "false",
    "delta.enableExpiredLogCleanup": "false",
    "delta.logRetentionDuration": "interval 7 days",
    "delta.deletedFileRetentionDuration": "interval 7 days",
}
# In Java the first one is what the others are; in Python it is not.
_CONFLICTS = (
    DeltaConcurrentModificationException,
    ConcurrentAppendException,
    ConcurrentDeleteDeleteException,
    ConcurrentDeleteReadException,
    ConcurrentTransactionException,
    ConcurrentWriteException,
    MetadataChangedException,
    ProtocolChangedException,
)
_USER_METADATA = "spark.databricks.delta.commitInfo.userMetadata"
_SEARCHED = 64
"""Versions among which an announced commit is looked for; between two of them lie a few compactions."""


class SparkTable:
    """One table, by its path below the lake's root."""

    def __init__(self, session: SparkSession, storage: LakeStorage, path: str) -> None:
        self.path = path
        self._session = session
        self._uri = storage.uri(path)
        self._options = storage.delta_options()

    def exists(self) -> bool:
        """Whether there is a Delta table, of whatever shape."""
        return deltalake.DeltaTable.is_deltatable(self._uri, dict(self._options))

    def ensure(self, shape: StructType, description: str) -> None:
        """See Table.ensure."""
        builder: Any = DeltaTable.createIfNotExists(self._session).location(self._uri).addColumns(shape)
        for name, value in PROPERTIES.items():
            builder = builder.property(name, value)
        builder.comment(description).execute()
        known = {name.lower() for name in self.read().columns}
        lacking = [field for field in shape.fields if field.name.lower() not in known]
        if lacking:
            columns = ", ".join(map(_column, lacking))
            cast("Any", self._session).sql(f"ALTER TABLE delta.`{self._uri}` ADD COLUMNS ({columns})")

    def read(self) -> DataFrame:
        """See Table.read."""
        return self._session.read.format("delta").load(self._uri)

    def insert_new(self, rows: DataFrame, matches: Column, announcement: Announcement) -> Committed:
        """See Table.insert_new."""
        table = DeltaTable.forPath(self._session, self._uri)
        with self._saying(announcement), self._conflicts():
            merge = table.alias("t").merge(rows.alias("s"), matches).whenNotMatchedInsertAll()
            done = merge.execute()
        inserted = int(done.collect()[0]["num_inserted_rows"])
        return Committed(inserted, self._version_of(announcement.commit_id) if inserted else None)

    def newest(self) -> Sequence[CommitAnnounced]:
        """See Table.newest."""
        for entry in self._history():
            if (announcement := _announced(entry)) is not None:
                return (CommitAnnounced.at(int(entry["version"]), announcement),)
        return ()

    def compact(self) -> None:
        """See Table.compact."""
        with self._conflicts():
            cast("Any", DeltaTable.forPath(self._session, self._uri).optimize()).executeCompaction()

    def _version_of(self, commit_id: str) -> int:
        for entry in self._history():
            announcement = _announced(entry)
            if announcement is not None and announcement.commit_id == commit_id:
                return int(entry["version"])
        raise AssertionError(f"{self.path}: a commit that returned in order is not in the table's history")

    def _history(self) -> list[dict[str, Any]]:
        # By deltalake: a reading of the log alone, where Spark would run a job.
        return deltalake.DeltaTable(self._uri, storage_options=dict(self._options)).history(_SEARCHED)

    @contextmanager
    def _saying(self, announcement: Announcement) -> Generator[None]:
        """The commit carries it. The setting is the session's, and must not reach another commit."""
        self._session.conf.set(_USER_METADATA, encode(announcement).decode())
        try:
            yield
        finally:
            self._session.conf.unset(_USER_METADATA)

    @contextmanager
    def _conflicts(self) -> Generator[None]:
        try:
            yield
        except _CONFLICTS as cause:
            raise CommitConflict(self.path, str(cause).split("\n", 1)[0]) from cause


def _announced(entry: dict[str, Any]) -> Announcement | None:
    try:
        return decode_announcement(str(entry.get("userMetadata", "")))
    except msgspec.DecodeError:
        return None  # a commit that somebody else made, or a compaction


def _column(field: StructField) -> str:
    comment = str(field.metadata.get("comment", "")).replace("\\", "\\\\").replace("'", "\\'")
    return f"`{field.name}` {field.dataType.simpleString()} COMMENT '{comment}'"
