"""Time as a parameter, so that tests own it."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time of day and measures spans."""

    def now(self) -> datetime:
        """The time of day: aware, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that only ever grow; for spans, never for stamps."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


def whole_milliseconds(time: datetime) -> datetime:
    """The time without what is finer: Trino shows milliseconds only, and equalities must hold there too."""
    return time.replace(microsecond=time.microsecond // 1000 * 1000)
