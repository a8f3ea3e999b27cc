"""The door's own count, per dataset: received = acknowledged + refused by rule + unconfirmed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from ingest_router.core.outcomes import Outcome


@dataclass(frozen=True, slots=True)
class DatasetCount:
    """Cumulative counts of one run for one dataset. received = acknowledged + sum(refused) + unconfirmed."""

    dataset: str
    seq: int  # grows with each change; a reader keeps the highest
    received: int
    acknowledged: int
    refused: dict[str, int]  # by rule; each record once
    unconfirmed: int


@dataclass(slots=True)
class _Running:
    seq: int = 0
    received: int = 0
    acknowledged: int = 0
    refused: Counter[str] = field(default_factory=Counter[str])
    unconfirmed: int = 0


class Tally:
    """Adds outcomes up. A record counts at the moment in which its outcome is known, never before: the sides
    of the equation are equal at any time. Not for more than one thread."""

    def __init__(self) -> None:
        self._running: dict[str, _Running] = {}

    def add(self, outcome: Outcome) -> None:
        """Counts every record of one request."""
        count = self._running.setdefault(outcome.dataset, _Running())
        count.seq += 1
        count.received += outcome.received
        count.acknowledged += outcome.accepted
        count.unconfirmed += outcome.unconfirmed
        if outcome.refused or outcome.not_taken:
            count.refused.update(outcome.refused_by_rule())

    def counts(self) -> Iterable[DatasetCount]:
        """What stands now, one per dataset that anything was received for."""
        return [
            DatasetCount(name, c.seq, c.received, c.acknowledged, dict(c.refused), c.unconfirmed)
            for name, c in self._running.items()
        ]
