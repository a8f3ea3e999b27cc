"""A clock that stands still until a test moves it."""

from datetime import UTC, datetime, timedelta

_START = datetime(2013, 1, 1, tzinfo=UTC)


class FakeClock:
    """Time of day and span move together, and only by `advance`."""

    def __init__(self, start: datetime = _START) -> None:
        if start.utcoffset() != timedelta(0):
            raise ValueError(f"the start must be aware and UTC, not {start!r}")
        self._start = start
        self._elapsed = timedelta(0)

    def now(self) -> datetime:
        return self._start + self._elapsed

    def monotonic(self) -> float:
        return self._elapsed.total_seconds()

    def advance(self, span: timedelta) -> None:
        """Time never goes back: raises ValueError for a negative span."""
        if span < timedelta(0):
            raise ValueError(f"time does not go back by {span}")
        self._elapsed += span
