"""How many bytes of requests may be in this process at once."""

from __future__ import annotations


class InFlight:
    """A budget of bytes. Not for more than one thread."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.taken = 0

    def take(self, size: int) -> bool:
        """Takes `size` bytes out of the budget, or nothing if they are not there."""
        if self.taken + size > self.max_bytes:
            return False
        self.taken += size
        return True

    def give_back(self, size: int) -> None:
        """What take() took."""
        self.taken -= size
