"""How much of something, bytes or calls, may be in this process at once."""

from __future__ import annotations

from types import TracebackType
from typing import Self


class InFlight:
    """A budget of which one producer never has more than half, so that there is always room for others.
    Not for more than one thread."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.taken = 0
        self._taken_by: dict[str, int] = {}

    def charge(self, producer: str) -> Charge:
        """What one request of this producer takes, given back when the context ends."""
        return Charge(self, producer)

    def has_room(self, producer: str, size: int) -> bool:
        """Whether this producer could take so much now."""
        own = self._taken_by.get(producer, 0) + size
        return self.taken + size <= self.limit and own <= self.limit // 2

    def add(self, producer: str, size: int) -> None:
        """For Charge: notes what was taken or, below zero, given back."""
        self.taken += size
        own = self._taken_by.pop(producer, 0) + size
        if own:  # else a producer that went away would be remembered
            self._taken_by[producer] = own


class Charge:
    """What one request has taken out of the budget so far."""

    def __init__(self, budget: InFlight, producer: str) -> None:
        self._budget = budget
        self._producer = producer
        self._taken = 0

    def has_room(self, size: int) -> bool:
        """Whether take() would take so much now; takes nothing."""
        return self._budget.has_room(self._producer, size)

    def take(self, size: int) -> bool:
        """Takes so much more, or nothing if it is not there."""
        if not self._budget.has_room(self._producer, size):
            return False
        self._budget.add(self._producer, size)
        self._taken += size
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._budget.add(self._producer, -self._taken)
        self._taken = 0
