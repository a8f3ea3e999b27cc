"""Whether Kafka answers in the time that senders may expect."""

from __future__ import annotations

import itertools


class AckPressure:
    """Knows the batches that wait for Kafka. Times are seconds of one monotonic clock. Not for more than one
    thread."""

    def __init__(self, slow_after_s: float) -> None:
        self._slow_after_s = slow_after_s
        self._waiting: dict[int, float] = {}  # batch -> sent at; insertion order is the order of sending
        self._numbers = itertools.count()

    def sent(self, now: float) -> int:
        """A batch was handed to Kafka; the number is for answered()."""
        number = next(self._numbers)
        self._waiting[number] = now
        return number

    def answered(self, number: int) -> None:
        """Kafka answered it, or nobody waits for it any more."""
        self._waiting.pop(number, None)

    def oldest_s(self, now: float) -> float:
        """How long the oldest batch has waited; 0.0 when none waits."""
        return now - next(iter(self._waiting.values()), now)

    def slow(self, now: float) -> bool:
        """The oldest batch has waited so long that more would only wait behind it."""
        return self.oldest_s(now) > self._slow_after_s
