"""What was taken from one partition and is not yet in the table."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# (pyarrow's own stubs leave the types of values open)

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import cast

import pyarrow as pa
from tidelake.tables.positions import OffsetRange, Source


@dataclass(frozen=True, slots=True)
class Claim:
    """One partition's part in a commit: every record of the range that Kafka shows, and nothing else.

    The range begins where the table stands, not at the first record, and may hold no record at all.
    """

    source: Source
    topic: str
    offsets: OffsetRange
    batches: tuple[pa.RecordBatch, ...] = ()  # RECORD_SCHEMA
    gaps: tuple[range, ...] = ()  # offsets of the range at which nothing came
    first_start: bool = False  # the table has no token of the source yet: begins at the log's start
    lost: int = 0  # offsets at the beginning of the range that a person gave up as lost

    @property
    def rows(self) -> int:
        """Records in the range."""
        return sum(batch.num_rows for batch in self.batches)

    def starts_at(self, token: int | None) -> bool:
        """Whether the claim goes on exactly where a table with this token stands."""
        return self.first_start if token is None else token == self.offsets.first


@dataclass(slots=True)
class Pending:
    """Grows at its end by what comes from Kafka, shrinks at its beginning by what was committed."""

    source: Source
    topic: str
    first: int  # the table's token, or the log's start at a first start
    first_start: bool = False
    end: int = -1  # not included; the position that is read next
    lost: int = 0
    batches: list[pa.RecordBatch] = field(default_factory=list[pa.RecordBatch])
    gaps: list[range] = field(default_factory=list[range])  # ascending, apart from each other
    bytes: int = 0
    since: float | None = None  # monotonic seconds at which the oldest of it was taken

    def __post_init__(self) -> None:
        self.end = max(self.end, self.first)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to commit."""
        return self.end == self.first

    def take(self, batch: pa.RecordBatch, now: float) -> None:
        """Records came: at least one, in their order, the first at or behind `end`."""
        last = cast("int", batch["offset"][-1].as_py())
        if last + 1 - self.end > batch.num_rows:
            for offset in cast("list[int]", batch["offset"].to_pylist()):
                self._skip_to(offset)
                self.end = offset + 1
        self.end = last + 1
        self.batches.append(batch)
        self.bytes += batch.nbytes
        self.since = now if self.since is None else self.since

    def reach(self, end: int, now: float) -> None:
        """Everything that Kafka shows below `end` was taken, as far as the consumer says."""
        if end > self.end:
            self._skip_to(end)
            self.end = end
            self.since = now if self.since is None else self.since

    def prove(self, gaps: Collection[range]) -> None:
        """There is nothing to be taken in these."""
        self.gaps = [gap for gap in self.gaps if gap not in gaps]

    def _skip_to(self, offset: int) -> None:
        if offset == self.end:
            return
        first = self.gaps.pop().start if self.gaps and self.gaps[-1].stop == self.end else self.end
        self.gaps.append(range(first, offset))

    def claim(self) -> Claim:
        """All of it, to be committed now."""
        offsets = OffsetRange(self.first, self.end)
        return Claim(
            self.source,
            self.topic,
            offsets,
            tuple(self.batches),
            tuple(self.gaps),
            self.first_start,
            self.lost,
        )

    def settle(self, claim: Claim) -> None:
        """The claim, made of this, is in the table; what came after it stays."""
        self.first = claim.offsets.end
        self.first_start = False
        self.lost = 0
        del self.batches[: len(claim.batches)]
        self.bytes = sum(batch.nbytes for batch in self.batches)
        if self.is_empty:
            self.since = None
