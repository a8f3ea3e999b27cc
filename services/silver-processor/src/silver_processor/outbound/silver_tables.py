"""The Delta tables that silver owns, through Spark: made, widened, added to, read."""

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
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import StructField, StructType
from tidelake.tables.announcement import Announcement, CommitAnnounced, decode_announcement, encode
from tidelake.tables.bronze_table import Compacted
from tidelake.tables.delta_compaction import compact_files, files_below
from tidelake.tables.storage import LakeStorage
from tidelake.tables.tiers import TIERS, tier_to_compact

from silver_processor.core.committing import CommitConflict

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
TOKEN = "lake.silver-processor"
"""Delta application id whose transaction version counts the commits of rows."""
_FOLDED = deltalake.WriterProperties(compression="ZSTD", compression_level=1)
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

    def version(self) -> int:
        """The newest."""
        return self._open().version()

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

    def token(self) -> int:
        """See Table.token."""
        return self._open().transaction_version(TOKEN) or 0

    def append(self, rows: DataFrame, token: int, announcement: Announcement) -> int:
        """See Table.append. The commit moves the token by one: Delta steps over a commit whose token is not
        new, and lets one of two at the same time fail."""
        writer = rows.write.format("delta").mode("append")
        options = {"txnAppId": TOKEN, "txnVersion": token + 1, "userMetadata": encode(announcement).decode()}
        with self._conflicts():
            writer.options(**options).save(self._uri)
        version = self._version_of(announcement.commit_id)
        if version is None:
            raise CommitConflict(self.path, f"its token had moved beyond {token} before")
        return version

    def newest(self) -> Sequence[CommitAnnounced]:
        """See Table.newest."""
        for entry in self._history(_SEARCHED):
            if (announcement := _announced(entry)) is not None:
                return (CommitAnnounced.at(int(entry["version"]), announcement),)
        return ()

    def compact(self, least_files: int) -> Compacted:
        """See Table.compact. By deltalake: it takes a fraction of Spark's time and memory, and none of its
        cores."""
        delta = self._open()
        target = tier_to_compact([files_below(delta, size) for size in TIERS], least_files)
        if target is None:
            return Compacted(0, 0)
        return compact_files(delta, self.path, target, _FOLDED)

    def _version_of(self, commit_id: str) -> int | None:
        for searched in (2, _SEARCHED):  # it is the newest but for what came at the same time
            for entry in self._history(searched):
                announcement = _announced(entry)
                if announcement is not None and announcement.commit_id == commit_id:
                    return int(entry["version"])
        return None

    def _history(self, versions: int) -> list[dict[str, Any]]:
        return self._open().history(versions)

    def _open(self) -> deltalake.DeltaTable:
        # By deltalake: a reading of the log alone, where Spark would run a job.
        return deltalake.DeltaTable(self._uri, storage_options=dict(self._options))

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
