"""What the flows drive: made once in main, passed to every flow."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql.types import StructType
from tidelake.runtime.clock import Clock
from tidelake.tables.announcement import Announcement, CommitAnnounced
from tidelake.tables.bronze_table import Compacted
from tidelake.tables.delta_lookup import Between
from tidelake.tables.row_spans import RowSpans

from silver_processor.outbound.metrics import SilverMetrics


class Snapshot(Protocol):
    """One version of a table, until the table is asked for the next snapshot."""

    @property
    def decision(self) -> int:
        """The newest decision (see flows.take_batch) whose rows the table has; 0 if there was none."""
        ...

    @property
    def promised(self) -> int:
        """The newest decision in this table that has more rows, for another table; 0 if there was none."""
        ...

    @property
    def shape(self) -> pa.Schema:
        """Its columns."""
        ...

    def rows_with(
        self, key: str, keys: pa.Array[Any], between: Between, columns: Sequence[str] | None = None
    ) -> pa.Table:
        """The rows whose `key` is one of `keys` and whose other columns lie between these ends: these columns
        of them, or all.

        Raises StoreUnavailable, StoreRefused.
        """
        ...

    def append(
        self, rows: pa.Table, announcement: Announcement, decision: int, *, promises: bool = False
    ) -> int:
        """Adds rows of this shape, or none, as this decision's, in one commit that carries the announcement,
        and returns its version. `promises`: the decision has rows for another table, which come next.

        Raises CommitConflict, and nothing is added, if the table's decision moved since this version, by
        anybody: what was decided from the table as it was then may no longer be so. Raises CommitRefused.
        """
        ...

    def replace(
        self, rows: pa.Table, announcement: Announcement, decision: int, *, promises: bool = False
    ) -> int:
        """As append, with rows of which each takes the place of the one with its `lake_event_id`, if there is
        one. Of that id there must be one row only, on either side."""
        ...

    def close(self, decision: int) -> None:
        """Makes this the table's newest decision, without rows: whoever has rows for it from earlier can't
        add them any more. Raises as append."""
        ...


class Table(Protocol):
    """One Delta table that silver owns."""

    @property
    def path(self) -> str: ...

    def ensure(self, shape: StructType, description: str) -> None:
        """Makes it unless it is there, and adds the columns that it lacks."""
        ...

    def read(self) -> DataFrame:
        """The newest version."""
        ...

    def snapshot(self) -> Snapshot:
        """The newest version, to be committed against."""
        ...

    def newest(self) -> Sequence[CommitAnnounced]:
        """The newest commit that carries an announcement; none if there is no such commit."""
        ...

    def newest_times(self, column: str) -> Mapping[tuple[str, int], datetime]:
        """The latest time in a column of silver, by topic id and partition; only of those that have one.

        Raises StoreUnavailable, StoreRefused.
        """
        ...

    def compact(self, least_files: int) -> Compacted:
        """Folds small files if there are so many of one size. May run beside appends of anyone.

        Raises CommitFailed, StoreUnavailable, StoreRefused.
        """
        ...


TableAt = Callable[[str], Table]
"""A table by its path below the lake's root."""


class Announcer(Protocol):
    """Tells readers of a commit."""

    def announce(self, commit: CommitAnnounced) -> None:
        """Returns once Kafka has it. Raises AnnouncementFailed when that is not known."""
        ...


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything outside that a batch needs."""

    announcer: Announcer
    clock: Clock
    metrics: SilverMetrics
    new_commit_id: Callable[[], str]
    in_background: Callable[[Callable[[], None]], None]
    spans: RowSpans = field(default_factory=RowSpans)
