"""The in-memory twin of the bronze tables: the same handles, snapshots and conflicts, without a store.

What goes wrong with a real store is asked for here by `faults`, so that every order of events can be tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

import pyarrow as pa
from tidelake.tables.announcement import Announcement
from tidelake.tables.bronze import BRONZE_SCHEMA, BronzeSpec
from tidelake.tables.bronze_table import (
    Announced,
    BronzeHandle,
    BronzeTable,
    CommitFailed,
    CommitRefused,
    Compacted,
    HandleSpent,
    TableMissing,
    TableUnfit,
)
from tidelake.tables.errors import StoreRefused, StoreUnavailable
from tidelake.tables.positions import OffsetRange, Source
from tidelake.tables.tokens import moved_tokens


class Fault(Enum):
    """What happens to a commit."""

    REFUSED = "the store takes nothing"
    ANSWER_LOST = "the commit is kept, and its answer is lost"


@dataclass
class Faults:
    """What shall go wrong. Commits meet `commits` one after the other; `down` and `refusing` last until
    they are unset, and a table is unfit while its path is in `unfit`.

    `meanwhile` is done once, within the next commit, just before the store compares it with others'.
    """

    commits: list[Fault] = field(default_factory=list[Fault])
    down: bool = False
    refusing: bool = False
    unfit: set[str] = field(default_factory=set[str])
    meanwhile: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class _Version:
    """One version of the table: what it changed, and what it holds."""

    txns: Mapping[str, int]  # changed by this version
    topic_id: str
    rebound: bool
    rows: pa.Table | None  # added by this version
    announcement: Announcement | None
    tokens: Mapping[str, int]  # all of them
    files: tuple[int, ...]  # sizes of all files


class MemoryBronzeTables:
    """All bronze tables of one lake in memory."""

    def __init__(self) -> None:
        self.faults = Faults()
        self._tables: dict[str, list[_Version]] = {}

    def create(self, spec: BronzeSpec) -> None:
        """See BronzeTables.create."""
        _meet(self.faults, "create", spec.path)
        made = _Version({}, spec.topic_id, rebound=True, rows=None, announcement=None, tokens={}, files=())
        self._versions(spec.path).extend([made] if not self._versions(spec.path) else [])

    def table(self, path: str) -> BronzeTable:
        """See BronzeTables.table."""
        return MemoryBronzeTable(path, self._versions(path), self.faults)

    def rows(self, path: str) -> pa.Table:
        """Every row of the table, as a reader finds them."""
        added = [version.rows for version in self._versions(path) if version.rows is not None]
        return pa.concat_tables([BRONZE_SCHEMA.empty_table(), *added])

    def _versions(self, path: str) -> list[_Version]:
        return self._tables.setdefault(path, [])


class MemoryBronzeTable:
    """One table: a list of versions that all its handles share."""

    def __init__(self, path: str, versions: list[_Version], faults: Faults) -> None:
        self.path = path
        self._versions = versions
        self._faults = faults

    def open(self) -> BronzeHandle:
        """See BronzeTable.open."""
        _meet(self._faults, "open", self.path)
        if not self._versions:
            raise TableMissing(self.path)
        if self.path in self._faults.unfit:
            raise TableUnfit(self.path, "the test says so")
        return MemoryBronzeHandle(self.path, self._versions, self._faults)

    def compact(self, target_bytes: int) -> Compacted:
        """See BronzeTable.compact."""
        if self._faults.down or not self._versions:
            raise CommitFailed(self.path, "the store does not answer")
        newest = self._versions[-1]
        small = [size for size in newest.files if size < target_bytes]
        if len(small) < 2:
            return Compacted(0, 0)
        files = (*(size for size in newest.files if size >= target_bytes), sum(small))
        rewritten = replace(newest, txns={}, rebound=False, rows=None, announcement=None, files=files)
        self._versions.append(rewritten)
        return Compacted(len(small), 1)


class MemoryBronzeHandle:
    """The table as it was at one version."""

    def __init__(self, path: str, versions: list[_Version], faults: Faults) -> None:
        self._path = path
        self._versions = versions
        self._faults = faults
        self._version = len(versions) - 1
        self._spent = False

    @property
    def version(self) -> int:
        """See BronzeHandle.version."""
        return self._version

    @property
    def topic_id(self) -> str:
        """See BronzeHandle.topic_id."""
        return self._seen.topic_id

    @property
    def has_aged(self) -> bool:
        """See BronzeHandle.has_aged."""
        return False

    def token(self, source: Source) -> int | None:
        """See BronzeHandle.token."""
        self._refuse_if_spent()
        return self._seen.tokens.get(source.app_id)

    def first_covered(self, source: Source) -> int | None:
        """See BronzeHandle.first_covered."""
        self._refuse_if_spent()
        return self._seen.tokens.get(source.first_app_id)

    def append(self, rows: pa.Table, ranges: Mapping[Source, OffsetRange], announcement: Announcement) -> int:
        """See BronzeHandle.append."""
        txns = moved_tokens(self._path, self.token, ranges)
        size = (rows.nbytes,) if rows.num_rows else ()
        self._commit(txns, None, rows, announcement, size)
        return self._version

    def rebind(self, topic_id: str) -> None:
        """See BronzeHandle.rebind."""
        self._commit({}, topic_id, None, None, ())

    def announced(self, limit: int) -> Iterator[Announced]:
        """See BronzeHandle.announced."""
        _meet(self._faults, "read the history of", self._path)
        for number in range(self._version, max(self._version - limit, -1), -1):
            announcement = self._versions[number].announcement
            if announcement is not None:
                yield Announced(number, announcement)

    def files_below(self, size: int) -> int:
        """See BronzeHandle.files_below."""
        return sum(each < size for each in self._seen.files)

    @property
    def _seen(self) -> _Version:
        return self._versions[self._version]

    def _commit(
        self,
        txns: Mapping[str, int],
        topic_id: str | None,
        rows: pa.Table | None,
        announcement: Announcement | None,
        files: tuple[int, ...],
    ) -> None:
        self._refuse_if_spent()
        self._spent = True
        if (meanwhile := self._faults.meanwhile) is not None:
            self._faults.meanwhile = None
            meanwhile()
        fault = self._faults.commits.pop(0) if self._faults.commits else None
        if self._faults.refusing:
            raise CommitRefused(self._path, "403 Forbidden")
        if self._faults.down or fault is Fault.REFUSED:
            raise CommitFailed(self._path, "the store does not answer")
        for other in self._versions[self._version + 1 :]:
            if other.rebound or other.txns.keys() & txns.keys():
                raise CommitFailed(self._path, "another commit came first")
        newest = self._versions[-1]
        self._versions.append(
            _Version(
                txns,
                topic_id or newest.topic_id,
                topic_id is not None,
                rows,
                announcement,
                {**newest.tokens, **txns},
                newest.files + files,
            )
        )
        if fault is Fault.ANSWER_LOST:
            raise CommitFailed(self._path, "its answer was lost")
        self._version = len(self._versions) - 1
        self._spent = False

    def _refuse_if_spent(self) -> None:
        if self._spent:
            raise HandleSpent(self._path)


def _meet(faults: Faults, action: str, path: str) -> None:
    if faults.refusing:
        raise StoreRefused(action, path, "403 Forbidden")
    if faults.down:
        raise StoreUnavailable(action, path, "it is down")
