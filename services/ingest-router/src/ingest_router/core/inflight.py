"""How many bytes of requests may be in this process at once."""

from __future__ import annotations

from types import TracebackType
from typing import Self


class InFlight:
    """A budget of bytes. Not for more than one thread."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.taken = 0

    def charge(self) -> Charge:
        """One request's share, given back when the context ends."""
        return Charge(self)


class Charge:
    """What one request has taken out of the budget so far."""

    def __init__(self, budget: InFlight) -> None:
        self._budget = budget
        self._taken = 0

    def take(self, size: int) -> bool:
        """Takes `size` bytes more, or nothing if they are not there."""
        if self._budget.taken + size > self._budget.max_bytes:
            return False
        self._budget.taken += size
        self._taken += size
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._budget.taken -= self._taken
        self._taken = 0
