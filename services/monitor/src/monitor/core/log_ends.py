"""How long records wait in Kafka, from looks at where its logs end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tidelake.tables.positions import Source


@dataclass(slots=True)
class LogEnds:
    """The ends of the logs of one dataset, as they were seen to grow. Times are seconds on one clock.

    A look tells only that an offset was there then: it may have come at any time since the look before. So
    an age is at least what is said here, and at most one look more.
    """

    _seen: dict[Source, list[tuple[float, int]]] = field(
        default_factory=dict[Source, list[tuple[float, int]]]
    )
    _first: dict[Source, int] = field(default_factory=dict[Source, int])

    def see(self, ends: Mapping[Source, int], at: float) -> None:
        """One look. Topics that are no more are forgotten."""
        for gone in self._seen.keys() - ends.keys():
            del self._seen[gone], self._first[gone]
        for source, end in ends.items():
            self._first.setdefault(source, end)
            looks = self._seen.setdefault(source, [])
            if not looks or end > looks[-1][1]:
                looks.append((at, end))

    def taken(self, tokens: Mapping[Source, int]) -> None:
        """What bronze has: looks at it are of no use any more, but for the last."""
        for source, looks in self._seen.items():
            token = tokens.get(source, 0)
            while len(looks) > 1 and looks[0][1] <= token:
                del looks[0]

    def unread(self, tokens: Mapping[Source, int]) -> int:
        """Offsets that bronze has not taken."""
        return sum(max(0, looks[-1][1] - tokens.get(source, 0)) for source, looks in self._seen.items())

    def is_known(self, tokens: Mapping[Source, int]) -> bool:
        """Whether every unread offset came after the first look, so that its age is known."""
        return all(end <= tokens.get(source, 0) for source, end in self._first.items())

    def oldest_s(self, tokens: Mapping[Source, int], now: float) -> float:
        """For how long at least the oldest unread offset is there; 0 if all are read."""
        first = [
            next((at for at, end in looks if end > tokens.get(source, 0)), now)
            for source, looks in self._seen.items()
        ]
        return now - min(first, default=now)


@dataclass(slots=True)
class Rate:
    """How fast a figure grows, over the last `window_s` seconds of looks."""

    window_s: float
    _looks: list[tuple[float, int]] = field(default_factory=list[tuple[float, int]])

    def see(self, figure: int, at: float) -> None:
        """One look. A figure that fell begins anew."""
        if self._looks and figure < self._looks[-1][1]:
            self._looks.clear()
        self._looks.append((at, figure))
        while len(self._looks) > 2 and self._looks[1][0] <= at - self.window_s:
            del self._looks[0]

    @property
    def per_s(self) -> float | None:
        """None before the second look."""
        if len(self._looks) < 2 or self._looks[-1][0] <= self._looks[0][0]:
            return None
        (begun, first), (ended, last) = self._looks[0], self._looks[-1]
        return (last - first) / (ended - begun)
