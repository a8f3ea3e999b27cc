"""The port to one bronze table: handles that see one version each, and commits against what a handle saw."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa
from tidelake.runtime.errors import Blocked, LakeError, Terminal, Transient
from tidelake.tables.announcement import Announcement
from tidelake.tables.bronze import BronzeSpec
from tidelake.tables.errors import MEND_RIGHTS
from tidelake.tables.positions import OffsetRange, Source


class TableMissing(LakeError, Transient):
    """There is no Delta table at that path."""

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(
            f"There is no Delta table at {path}. A writer makes it when the dataset's contract is applied; "
            "run `lake dataset apply`, or wait a few seconds if it has just run."
        )


class CommitFailed(LakeError, Transient):
    """A commit did not return in order. Whether it is in the table can only be told by reading its tokens."""

    def __init__(self, path: str, cause: str) -> None:
        self.path = path
        super().__init__(
            f"A commit to {path} failed or its answer was lost: {cause}. It may be in the table even so: "
            "the tokens of a fresh handle say so. Nothing is decided by this text."
        )


class CommitRefused(CommitFailed, Blocked):
    """The store said no to a commit: credentials, permissions or a bucket that is not there. What became of
    it is told by the tokens all the same: a commit asks the store several times."""

    def __init__(self, path: str, cause: str) -> None:
        self.path = path
        LakeError.__init__(
            self,
            f"The object store refused a commit to {path}: {cause}. Its rows are kept, and committed again "
            f"if the table's tokens say that they are not there. {MEND_RIGHTS}",
        )


class TableUnfit(LakeError, Blocked):
    """What stands at the path can't be read as a bronze table, or must not be written to as one."""

    def __init__(self, path: str, problem: str) -> None:
        self.path = path
        self.problem = problem
        super().__init__(
            f"{path} is no bronze table that can be written to: {problem}. Nothing is written to it, and its "
            "records stay in Kafka for as long as the topic keeps them. See in the table's history who "
            "changed it, and change it back; its writer goes on by itself then."
        )


class LogUnreadable(TableUnfit):
    """There is a Delta log at the path, and it makes no table."""

    def __init__(self, path: str, problem: str) -> None:
        self.path = path
        self.problem = problem
        LakeError.__init__(
            self,
            f"The Delta log of {path} makes no table: {problem}. Nothing is written to it, and what belongs "
            "there waits. See which entry of the log is not as its writer made it, and put it back.",
        )


class TokenMoved(LakeError, Terminal):
    """A range was to be committed that does not start where the handle's token stands."""

    def __init__(self, path: str, source: Source, token: int | None, offsets: OffsetRange) -> None:
        self.path = path
        self.source = source
        self.token = token
        self.offsets = offsets
        super().__init__(
            f"Offsets [{offsets.first}, {offsets.end}) of {source.app_id} do not start at the token {token} "
            f"of {path}: committing them would double or lose rows, and nothing was written. The caller must "
            "compare tokens before it commits; that it did not is a fault of this program."
        )


class HandleSpent(LakeError, Terminal):
    """A handle was used after a commit on it had failed."""

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(
            f"A handle of {path} was used after a commit on it had failed. What it shows may no longer be "
            "so, and nothing was written. The caller must open a new one; that it did not is a fault of this "
            "program."
        )


@dataclass(frozen=True, slots=True)
class Announced:
    """A commit in the table's history."""

    version: int
    announcement: Announcement


@dataclass(frozen=True, slots=True)
class Compacted:
    """What a compaction did. Rows are the same before and after."""

    files_removed: int
    files_added: int


class BronzeHandle(Protocol):
    """The table as it was at one version. Its tokens and its commits belong together: a commit is accepted
    only if none of its sources moved since the version that this handle shows.

    Not safe for several threads.
    """

    @property
    def version(self) -> int:
        """The version that this handle shows. Grows by its own commits."""
        ...

    @property
    def topic_id(self) -> str:
        """The incarnation of the topic that the table is filled from."""
        ...

    @property
    def has_aged(self) -> bool:
        """Whether a fresh handle would be cheaper to go on with. Never a matter of correctness."""
        ...

    def token(self, source: Source) -> int | None:
        """Next offset of the source in this very version; None: nothing of it was ever committed. Raises
        StoreUnavailable, StoreRefused."""
        ...

    def first_covered(self, source: Source) -> int | None:
        """The first offset that the table covers: what was before, Kafka had forgotten at the first start."""
        ...

    def append(self, rows: pa.Table, ranges: Mapping[Source, OffsetRange], announcement: Announcement) -> int:
        """Add the rows and move each source's token from `first` to `end`, in one atomic commit.

        Returns the commit's version, which the handle shows from then on. Commits of others since the
        handle's version are stepped over if they touch none of these sources. `rows` has BRONZE_SCHEMA and
        may be empty. A source without a token keeps the range's first offset as the first covered one.

        Raises TokenMoved before anything is written; CommitFailed (CommitRefused where the store said no)
        when the outcome is not known: then the handle is spent.
        """
        ...

    def rebind(self, topic_id: str) -> None:
        """Fill the table from another incarnation of its topic from now on. Raises CommitFailed (the
        handle is spent), which may mean that another writer did it."""
        ...

    def announced(self, limit: int) -> Iterator[Announced]:
        """Bronze commits among the newest `limit` versions up to this handle's, newest first, read from the
        store as they are asked for. Raises StoreUnavailable, StoreRefused."""
        ...

    def files_below(self, size: int) -> int:
        """How many of the table's files are smaller than `size` bytes."""
        ...


class BronzeTable(Protocol):
    """One bronze table. Safe for several threads."""

    @property
    def path(self) -> str:
        """Path below the lake's root."""
        ...

    def open(self) -> BronzeHandle:
        """A handle at the newest version. Raises TableMissing, TableUnfit, StoreUnavailable, StoreRefused."""
        ...

    def compact(self, target_bytes: int) -> Compacted:
        """Rewrite files smaller than `target_bytes` into fewer. Adds, changes and removes no row.

        May run beside appends of anyone. Of two compactions of the same files one fails and changes nothing.
        Files of large rows are folded less far: memory stays bounded whatever compresses well.
        Raises CommitFailed, StoreUnavailable, StoreRefused, TableMissing, TableUnfit.
        """
        ...


class BronzeTables(Protocol):
    """All bronze tables of a lake."""

    def create(self, spec: BronzeSpec) -> None:
        """Make the empty table unless there is one: of several callers one makes it, the others find it.
        Raises StoreUnavailable, StoreRefused, TableUnfit."""
        ...

    def table(self, path: str) -> BronzeTable:
        """The table at this path, which need not be there yet. Asks nothing."""
        ...
