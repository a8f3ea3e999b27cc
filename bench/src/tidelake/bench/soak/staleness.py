"""When a dataset was staler than promised, and how long that lasted after each kill. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Span = tuple[float, float]  # half-open, Unix seconds


@dataclass(frozen=True, slots=True)
class Recovery:
    """What one kill did to one dataset."""

    seconds: float  # from the kill until the dataset was no longer stale; 0 if it never was
    over: bool  # False: it was stale still when one stopped looking, so that `seconds` is the least it took

    def within(self, limit_s: float) -> bool:
        return self.over and self.seconds <= limit_s


def stale_spans(writes: Iterable[Span], promised_s: float) -> list[Span]:
    """When some write was older than promised and could not be read yet; apart and in order.

    `writes`: when each was due, and when it could be read.
    """
    late = sorted((due + promised_s, readable) for due, readable in writes if readable > due + promised_s)
    spans: list[Span] = []
    for begin, end in late:
        if spans and begin <= spans[-1][1]:
            spans[-1] = spans[-1][0], max(spans[-1][1], end)
        else:
            spans.append((begin, end))
    return spans


def recovery(spans: Sequence[Span], killed: float, until: float) -> Recovery:
    """After a kill, looking until then: the next kill, or the end."""
    met = [(begin, end) for begin, end in spans if begin < until and end > killed]
    if not met:
        return Recovery(0.0, over=True)
    end = met[-1][1]
    return Recovery(min(end, until) - killed, over=end <= until)


def delays(writes: Sequence[Span], times: Sequence[float]) -> list[float]:
    """How long the oldest write that could not be read had been due, at each of the times, ascending."""
    begun = sorted(writes)
    found: list[float] = []
    first = 0
    # Writes become readable about in their order: each time looks at those that were under way only.
    open_writes: list[Span] = []
    for at in times:
        while first < len(begun) and begun[first][0] <= at:
            open_writes.append(begun[first])
            first += 1
        open_writes = [one for one in open_writes if one[1] > at]
        found.append(at - open_writes[0][0] if open_writes else 0.0)
    return found


def share(spans: Sequence[Span], begin: float, end: float) -> float:
    """How much of the time between the two was in the spans."""
    return sum(max(0.0, min(end, one[1]) - max(begin, one[0])) for one in spans) / (end - begin)
