"""What was taken from one partition and is not yet in the table."""

from __future__ import annotations

from dataclasses import dataclass, field

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
    bytes: int = 0
    since: float | None = None  # monotonic seconds at which the oldest of it was taken

    def __post_init__(self) -> None:
        self.end = max(self.end, self.first)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to commit."""
        return self.end == self.first

    def take(self, batch: pa.RecordBatch, end: int, now: float) -> None:
        """Records up to `end` came."""
        self.batches.append(batch)
        self.bytes += batch.nbytes
        self.reach(end, now)

    def reach(self, end: int, now: float) -> None:
        """Everything that Kafka shows below `end` was taken."""
        if end > self.end:
            self.end = end
            self.since = now if self.since is None else self.since

    def claim(self) -> Claim:
        """All of it, to be committed now."""
        offsets = OffsetRange(self.first, self.end)
        return Claim(self.source, self.topic, offsets, tuple(self.batches), self.first_start, self.lost)

    def settle(self, claim: Claim) -> None:
        """The claim, made of this, is in the table; what came after it stays."""
        self.first = claim.offsets.end
        self.first_start = False
        self.lost = 0
        del self.batches[: len(claim.batches)]
        self.bytes = sum(batch.nbytes for batch in self.batches)
        if self.is_empty:
            self.since = None
