"""What was asked and how it was answered: counts by call and outcome, and the last calls one by one."""

from collections import Counter, deque
from dataclasses import asdict, dataclass

_REMEMBERED = 1000


@dataclass(frozen=True, slots=True)
class Entry:
    """One answered call. The outcome is its HTTP status, or `cut` where no answer was sent."""

    call: str
    outcome: str
    method: str
    path: str
    milliseconds: float


class RequestLog:
    """Counts since the start or the last reset."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self._recent: deque[Entry] = deque(maxlen=_REMEMBERED)

    def note(self, entry: Entry) -> None:
        self._counts[entry.call, entry.outcome] += 1
        self._recent.append(entry)

    def count(self, call: str, status: int) -> None:
        """Counts a part of a batch, which has no line of its own."""
        self._counts[call, str(status)] += 1

    def reset(self) -> None:
        self._counts.clear()
        self._recent.clear()

    def report(self, recent: int) -> dict[str, object]:
        counts: dict[str, dict[str, int]] = {}
        for (call, outcome), times in sorted(self._counts.items()):
            counts.setdefault(call, {})[outcome] = times
        last = list(self._recent)[-recent:] if recent else []
        return {"total": self._counts.total(), "counts": counts, "recent": [asdict(entry) for entry in last]}
