"""The positions that stand in a table, file by file: what was read once is not read again.

A Delta table is the files that its log names, and a file never changes: whoever deletes a row writes a new
file without it. So a count of the files in force is a count of the table, however few of them were read anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, cast

import numpy as np
import pyarrow as pa
import pyarrow.dataset
from deltalake import DeltaTable
from tidelake.tables.delta_log import file_sizes, files_of
from tidelake.tables.positions import Source

from .runs import END_OF_OFFSETS, Offsets, Runs, joined, parts_of, runs_of

ds: Any = pyarrow.dataset  # what its type stubs say is known in part only


class Columns(Protocol):
    """Where a table's rows say which positions they are of."""

    @property
    def names(self) -> list[str]:
        """The columns that tell it."""
        ...

    @property
    def word(self) -> str | None:
        """The column whose words are counted, if there is one."""
        ...

    def offsets(self, rows: pa.Table) -> Mapping[Source, Offsets]:
        """Of rows with these columns, with repeats and in any order. A row may be of no position."""
        ...


@dataclass(frozen=True, slots=True)
class PositionColumns:
    """Three columns hold the position of each row."""

    topic_id: str
    partition: str
    offset: str
    word: str | None = None

    @property
    def names(self) -> list[str]:
        return [self.topic_id, self.partition, self.offset]

    def offsets(self, rows: pa.Table) -> Mapping[Source, Offsets]:
        """See Columns.offsets."""
        found: dict[Source, Offsets] = {}
        table = rows.group_by([self.topic_id, self.partition]).aggregate([(self.offset, "list")])
        offsets = cast("Any", table[f"{self.offset}_list"].combine_chunks())
        ends, flat = offsets.offsets.to_numpy(), offsets.values.to_numpy(zero_copy_only=False)
        pairs = zip(table[self.topic_id].to_pylist(), table[self.partition].to_pylist(), strict=True)
        for nth, (topic_id, partition) in enumerate(pairs):
            source = Source(str(topic_id), int(cast("int", partition)))
            found[source] = flat[ends[nth] : ends[nth + 1]].astype(np.int64)
        return found


BRONZE = PositionColumns("topic_id", "partition", "offset")
SILVER = PositionColumns("lake_topic_id", "lake_partition", "lake_offset")
OUTCOMES = PositionColumns("topic_id", "partition", "offset", "outcome")


@dataclass(frozen=True, slots=True)
class Positions:
    """All rows of one version of a table."""

    version: int
    rows: int
    runs: Mapping[Source, Runs]
    words: Mapping[str, int]  # rows by word; empty without such a column


@dataclass(frozen=True, slots=True)
class _File:
    rows: int
    runs: Mapping[Source, Runs]
    words: Mapping[str, int]


class PositionFiles:
    """The files of one table that were read so far. For one thread."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._known: dict[str, _File] = {}

    def forget(self) -> None:
        """Everything is read anew next time."""
        self._known = {}

    def forget_below(self, ends: Mapping[Source, int]) -> None:
        """Positions below these are kept no longer, of the files that were read so far."""
        for path, file in self._known.items():
            runs = {
                source: parts_of(runs, ends.get(source, 0), END_OF_OFFSETS)
                for source, runs in file.runs.items()
            }
            self._known[path] = replace(file, runs={at: kept for at, kept in runs.items() if len(kept)})

    def read(self, delta: DeltaTable) -> Positions:
        """The rows of the version that `delta` shows. Reads the files that are new. Raises what pyarrow and
        deltalake raise."""
        sizes = file_sizes(delta)
        known = {path: found for path, found in self._known.items() if path in sizes}
        if new := {path: size for path, size in sizes.items() if path not in known}:
            files = files_of(delta, new)
            for path in new:
                known[path] = self._read(path, files)
        self._known = known
        sources = {source for file in known.values() for source in file.runs}
        words: dict[str, int] = {}
        for file in known.values():
            for word, rows in file.words.items():
                words[word] = words.get(word, 0) + rows
        return Positions(
            version=delta.version(),
            rows=sum(file.rows for file in known.values()),
            runs={
                source: joined(file.runs[source] for file in known.values() if source in file.runs)
                for source in sources
            },
            words=dict(sorted(words.items())),
        )

    def _read(self, path: str, files: Any) -> _File:
        columns = self._columns
        names = [*columns.names, *([columns.word] if columns.word else [])]
        rows: pa.Table = ds.dataset(path, format="parquet", filesystem=files).to_table(columns=names)
        found = {source: runs_of(offsets) for source, offsets in columns.offsets(rows).items()}
        words: dict[str, int] = {}
        if columns.word:
            counted = cast("Any", rows[columns.word]).value_counts().to_pylist()
            words = {str(one["values"]): one["counts"] for one in counted}
        return _File(rows.num_rows, found, words)
