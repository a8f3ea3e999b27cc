"""One DeltaTable object and what may be committed against it."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager

import pyarrow as pa
from deltalake import (
    ColumnProperties,
    CommitProperties,
    DeltaTable,
    Transaction,
    WriterProperties,
    write_deltalake,
)
from tidelake.tables.announcement import METADATA_KEY, Announcement, encode
from tidelake.tables.bronze import TOPIC_ID
from tidelake.tables.bronze_table import Announced, HandleSpent
from tidelake.tables.delta_checksum import write_checksum
from tidelake.tables.delta_compaction import files_below
from tidelake.tables.delta_creation import has_aged
from tidelake.tables.delta_log import announced_commits
from tidelake.tables.objects import Objects
from tidelake.tables.positions import OffsetRange, Source
from tidelake.tables.refusals import commit_error, store_errors
from tidelake.tables.tokens import moved_tokens

_COMMIT_ATTEMPTS = 15
"""How often deltalake may step over other writers' commits within one commit. Each step checks every version
since the handle's for the same sources, writes only the log entry again, and never the rows; without it each
commit of another partition's writer would cost the rows' file once more, as a file that nobody refers to."""

_PLAIN = ColumnProperties(dictionary_enabled=False, statistics_enabled="NONE")
WRITING = WriterProperties(
    compression="ZSTD",
    compression_level=1,
    # Keys and payloads hardly repeat, and nobody asks for their minimum.
    column_properties={"key": _PLAIN, "value": _PLAIN},
)


class DeltaBronzeHandle:
    """One DeltaTable object. Tokens are read from the very object that is given to the write."""

    def __init__(self, path: str, delta: DeltaTable, objects: Objects) -> None:
        self._path = path
        self._delta = delta
        self._objects = objects
        self._opened_at = delta.version()
        self._tokens: dict[str, int | None] = {}  # read from self._delta at its present version
        self._spent = False

    @property
    def version(self) -> int:
        """See BronzeHandle.version."""
        return self._delta.version()

    @property
    def topic_id(self) -> str:
        """See BronzeHandle.topic_id."""
        return self._delta.metadata().configuration[TOPIC_ID]

    @property
    def has_aged(self) -> bool:
        """See BronzeHandle.has_aged."""
        return has_aged(self._delta, self._opened_at)

    def token(self, source: Source) -> int | None:
        """See BronzeHandle.token."""
        return self._transaction_version(source.app_id)

    def first_covered(self, source: Source) -> int | None:
        """See BronzeHandle.first_covered."""
        return self._transaction_version(source.first_app_id)

    def append(self, rows: pa.Table, ranges: Mapping[Source, OffsetRange], announcement: Announcement) -> int:
        """See BronzeHandle.append."""
        moved = moved_tokens(self._path, self.token, ranges)
        before = self.version
        with self._committing():
            write_deltalake(
                self._delta,
                rows,
                mode="append",
                writer_properties=WRITING,
                commit_properties=CommitProperties(
                    app_transactions=[Transaction(app_id, version) for app_id, version in moved.items()],
                    custom_metadata={METADATA_KEY: encode(announcement).decode()},
                    max_commit_retries=_COMMIT_ATTEMPTS,
                ),
            )
        if self.version != before + 1:
            # The handle stepped over commits of others, which may have moved any source but these.
            self._tokens.clear()
        self._tokens.update(moved)
        write_checksum(self._delta, self._objects, self._path)
        return self.version

    def rebind(self, topic_id: str) -> None:
        """See BronzeHandle.rebind."""
        with self._committing():
            self._delta.alter.set_table_properties({TOPIC_ID: topic_id}, raise_if_not_exists=False)
        self._tokens.clear()

    def announced(self, limit: int) -> Iterator[Announced]:
        """See BronzeHandle.announced."""
        with store_errors("read the history of", self._path):
            yield from announced_commits(self._delta, limit)

    def files_below(self, size: int) -> int:
        """See BronzeHandle.files_below."""
        return files_below(self._delta, size)

    def _transaction_version(self, app_id: str) -> int | None:
        if self._spent:
            raise HandleSpent(self._path)
        if app_id not in self._tokens:
            # Each question reads the commits since the last checkpoint from the store, so it is asked once.
            with store_errors("read a token of", self._path):
                self._tokens[app_id] = self._delta.transaction_version(app_id)
        return self._tokens[app_id]

    @contextmanager
    def _committing(self) -> Generator[None]:
        if self._spent:
            raise HandleSpent(self._path)
        self._spent = True
        try:
            yield
        except Exception as cause:
            # deltalake raises its own errors, OSError, ValueError, RuntimeError and plain Exception, some of
            # them with the commit in the table (as when a checkpoint can't be written after it).
            raise commit_error(self._path, cause) from cause
        self._spent = False
