"""One partition's log: records and transaction markers at consecutive offsets."""

from dataclasses import dataclass, field
from enum import Enum

from tidelake.streams.memory.message import Record


class Fate(Enum):
    """How a transaction ended, if it did."""

    OPEN = "open"
    COMMITTED = "committed"
    ABORTED = "aborted"


@dataclass(slots=True, eq=False)
class Transaction:
    """Shared by all records of one transaction, so that they change together."""

    fate: Fate = Fate.OPEN


@dataclass(frozen=True, slots=True)
class Entry:
    """What stands at one offset: a record, or (None) a transaction's marker."""

    record: Record | None
    transaction: Transaction | None = None


@dataclass(slots=True, eq=False)
class PartitionLog:
    """Offsets `start` (included) to `end` (not included) can be read."""

    start: int = 0
    _entries: list[Entry] = field(default_factory=list[Entry])
    _first_of_open: dict[Transaction, int] = field(default_factory=dict[Transaction, int])

    @property
    def end(self) -> int:
        return len(self._entries)

    @property
    def last_stable_offset(self) -> int:
        """The first offset of a transaction that is still open, else the end."""
        self._first_of_open = {t: first for t, first in self._first_of_open.items() if t.fate is Fate.OPEN}
        return min(self._first_of_open.values(), default=self.end)

    def append(self, entry: Entry) -> int:
        """Returns the entry's offset."""
        self._entries.append(entry)
        offset = self.end - 1
        if entry.transaction is not None:
            self._first_of_open.setdefault(entry.transaction, offset)
        return offset

    def visible(self, offset: int) -> Record | None:
        """The record at `offset` as a read_committed reader sees it; None for a marker and an aborted one."""
        entry = self._entries[offset]
        if entry.transaction is not None and entry.transaction.fate is not Fate.COMMITTED:
            return None
        return entry.record

    def move_start(self, offset: int) -> None:
        """As retention does: everything below `offset` is gone. Never moves back."""
        if not self.start <= offset <= self.end:
            raise ValueError(f"the log's start can move to {self.start}..{self.end}, not to {offset}")
        self.start = offset
