"""What this writer knows of one table and of the partitions of its topic that it owns."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from tidelake.streams.values import TopicPartition
from tidelake.tables.announcement import Announcement
from tidelake.tables.bronze_table import Announced, BronzeHandle, BronzeTable
from tidelake.tables.positions import Source

from bronze_writer.core.dataset import Dataset
from bronze_writer.core.pending import Claim, Pending
from bronze_writer.core.placing import Stop

NextOffsets = Mapping[TopicPartition, int]
"""What may be told to Kafka as committed: a hint for people, never a fence."""


@dataclass(slots=True, eq=False)
class Assignment:
    """A partition that the group gave to this writer.

    It waits (paused) until it is placed at the table's token, then it is read. Whatever casts doubt on where
    it stands sends it back to waiting; what a person has to decide stops it, and it is looked at again.
    """

    at: TopicPartition
    reading: bool = False
    pending: Pending | None = None
    stop: Stop | None = None
    place_at: float = 0.0  # monotonic seconds; not before
    held: bool = False  # paused because too much is buffered

    @property
    def has_pending(self) -> bool:
        """Whether something of it waits to be committed."""
        return self.pending is not None and not self.pending.is_empty


@dataclass(frozen=True, slots=True)
class Attempt:
    """A commit whose outcome is not known yet."""

    claims: tuple[Claim, ...]
    announcement: Announcement


@dataclass(frozen=True, slots=True)
class Unannounced:
    """A commit that is in the table and not yet surely on the topic."""

    commit: Announced
    offsets: NextOffsets  # told to Kafka once it is announced


@dataclass(slots=True, eq=False)
class TableState:
    """One table. While there is an attempt or something unannounced, nothing else is committed to it."""

    dataset: Dataset
    table: BronzeTable
    assignments: dict[TopicPartition, Assignment] = field(default_factory=dict[TopicPartition, Assignment])
    made: bool = False
    handle: BronzeHandle | None = None
    attempt: Attempt | None = None
    unannounced: deque[Unannounced] = field(default_factory=deque[Unannounced])
    # Taken over: the owner before may have died between its last commit and its announcement.
    unrepeated: set[int] = field(default_factory=set[int])  # partitions
    trouble: str | None = None  # why nothing can be committed just now
    blocked: bool = False  # and a person has to do something about it
    retry_at: float = 0.0  # monotonic seconds; not before
    worked_at: float = 0.0  # monotonic seconds
    compacted_at: int = 0  # the version at which compaction was last thought of

    @property
    def pendings(self) -> list[Pending]:
        """What waits to be committed, by partition."""
        return [each.pending for each in self.assignments.values() if each.pending is not None]

    @property
    def buffered_bytes(self) -> int:
        """Bytes of all that waits."""
        return sum(pending.bytes for pending in self.pendings)

    def assignment_of(self, source: Source) -> Assignment | None:
        """The assignment whose pending records come from this source."""
        for each in self.assignments.values():
            if each.pending is not None and each.pending.source == source:
                return each
        return None
