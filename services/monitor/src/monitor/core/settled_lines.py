"""Up to where log lines must be in bronze by now, if they went to a dataset at all. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from tidelake.tables.positions import Source

_LOOKS = 1000
"""That are remembered: an hour and more. A bronze that is further behind is told by its freshness."""


@dataclass(frozen=True, slots=True)
class _Look:
    at: float
    committed: Mapping[Source, int]
    ends: dict[Source, int]


@dataclass(slots=True)
class SettledLines:
    """The log-router commits a line when Kafka has acknowledged all that it became. So what it had committed
    at one moment lies before the ends that its datasets' topics had a moment later, and once bronze has taken
    those, it has the lines. However far behind bronze is, no line that is on its way is called lost.

    The log-router may have known a dataset before the look did. So a look settles only when the datasets were
    read again since, and those that were not known at it count with the ends that they have by then."""

    _looks: deque[_Look] = field(default_factory=lambda: deque[_Look](maxlen=_LOOKS))
    _settled: Mapping[Source, int] = field(default_factory=dict[Source, int])
    _beginning: Mapping[Source, int] | None = None

    def see(self, committed: Mapping[Source, int], ends: Mapping[Source, int], at: float) -> None:
        """One look; `ends`, of the topics of all datasets that lines go to, are asked after `committed`, and
        `committed` before `at`, in seconds."""
        if self._beginning is None:
            self._beginning = dict(committed)
        if not self._looks or self._looks[-1].committed != committed:
            self._looks.append(_Look(at, dict(committed), dict(ends)))

    def settled(
        self, tokens: Mapping[Source, int], topics: Mapping[Source, int], read_at: float
    ) -> Mapping[Source, int]:
        """The next offset of each partition of logs.inbound below which all lines must have got somewhere.
        `tokens`: bronze's next offsets. `topics`: ends of the topics that there are now, as one that is gone
        is taken by nobody. `read_at`: when the datasets of these topics were read, on the clock of `see`."""
        while self._looks and self._looks[0].at <= read_at:
            look = self._looks[0]
            for source in topics.keys() - look.ends.keys():
                look.ends[source] = topics[source]
            if any(tokens.get(source, 0) < end for source, end in look.ends.items() if source in topics):
                break
            self._settled = self._looks.popleft().committed
        return self._settled

    def has_reached_its_beginning(self, proved: Mapping[Source, int]) -> bool:
        """Whether all that was committed at the first look is proved by now."""
        begun = self._beginning
        return begun is not None and all(proved.get(source, end) >= end for source, end in begun.items())
