"""The Delta tables that silver owns, through Spark: made, widened, merged into, read."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from delta.exceptions import DeltaConcurrentModificationException
from delta.tables import DeltaTable
from pyspark.errors import AnalysisException
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql.types import StructType
from tidelake.runtime.errors import LakeError, Transient
from tidelake.tables.storage import LakeStorage

# Every engine reads protocol (1, 2); see docs/decisions.
PROPERTIES = {
    "delta.checkpointInterval": "50",
    "delta.checkpointPolicy": "classic",
    "delta.columnMapping.mode": "none",
    "delta.enableDeletionVectors": "false",
    "delta.enableExpiredLogCleanup": "false",
    "delta.logRetentionDuration": "interval 7 days",
    "delta.deletedFileRetentionDuration": "interval 7 days",
}
_USER_METADATA = "spark.databricks.delta.commitInfo.userMetadata"


class CommitConflict(LakeError, Transient):
    """Somebody else changed the table between reading and committing; nothing of the commit is in it."""

    def __init__(self, path: str, cause: str) -> None:
        self.path = path
        super().__init__(
            f"A commit to {path} lost against another one: {cause}. Nothing of it is in the table, and the batch "
            "is decided again from what the table holds now. If it lasts, see whether two silver-processors work "
            "on the same lake."
        )


@dataclass(frozen=True, slots=True)
class Merged:
    """What one merge did. `version` is None where there was nothing to commit."""

    inserted: int
    version: int | None


class SilverTable:
    """One table, addressed by its path below the lake's root."""

    def __init__(self, session: SparkSession, storage: LakeStorage, path: str) -> None:
        self.path = path
        self._session = session
        self._uri = storage.uri(path)

    def ensure(self, shape: StructType, description: str, properties: Mapping[str, str]) -> None:
        """Makes the table unless it is there, and adds the columns that it lacks."""
        builder: Any = DeltaTable.createIfNotExists(self._session).location(self._uri).addColumns(shape)
        for name, value in {**PROPERTIES, **properties}.items():
            builder = builder.property(name, value)
        builder.comment(description).execute()
        known = {name.lower() for name in self.read().columns}
        lacking = [field for field in shape.fields if field.name.lower() not in known]
        if lacking:
            columns = ", ".join(
                f"`{one.name}` {one.dataType.simpleString()} COMMENT {_text(str(one.metadata.get('comment', '')))}"
                for one in lacking
            )
            self._session.sql(f"ALTER TABLE delta.`{self._uri}` ADD COLUMNS ({columns})")

    def exists(self) -> bool:
        """Whether there is a Delta table at the path."""
        return DeltaTable.isDeltaTable(self._session, self._uri)

    def read(self) -> DataFrame:
        """The newest version."""
        return self._session.read.format("delta").load(self._uri)

    def insert_new(self, rows: DataFrame, matches: Column, announcement: Mapping[str, object]) -> Merged:
        """Inserts the rows `s` that no row `t` of the table matches, in one commit that fails if another one added
        rows meanwhile. Raises CommitConflict."""
        table = DeltaTable.forPath(self._session, self._uri)
        with self._saying(announcement), self._conflicts():
            merge = table.alias("t").merge(rows.alias("s"), matches).whenNotMatchedInsertAll()
            done = cast("Any", merge.execute())
        inserted = int(done.collect()[0]["num_inserted_rows"]) if done is not None else 0
        return Merged(inserted, self._version() if inserted else None)

    def _version(self) -> int:
        return int(DeltaTable.forPath(self._session, self._uri).history(1).collect()[0]["version"])

    @contextmanager
    def _saying(self, announcement: Mapping[str, object]) -> Generator[None]:
        """The commit carries it. Session-wide: must not be left behind."""
        self._session.conf.set(_USER_METADATA, json.dumps(announcement))
        try:
            yield
        finally:
            self._session.conf.unset(_USER_METADATA)

    @contextmanager
    def _conflicts(self) -> Generator[None]:
        try:
            yield
        except DeltaConcurrentModificationException as cause:
            raise CommitConflict(self.path, str(cause).split("\n", 1)[0]) from cause


def missing(cause: AnalysisException) -> bool:
    """Whether it says that there is no table."""
    return "DELTA_TABLE_NOT_FOUND" in str(cause) or "PATH_NOT_FOUND" in str(cause)


def _text(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
