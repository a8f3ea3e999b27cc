"""The door's own count, per address of a dataset: received = acknowledged + refused by rule + unconfirmed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ingest_router.core.outcomes import Outcome


@dataclass(frozen=True, slots=True)
class DatasetCount:
    """Cumulative counts of one run for one major version of a dataset.

    received = acknowledged + sum(refused) + unconfirmed.
    """

    dataset: str  # as senders address it
    major: int
    revision: int = 0  # grows with each change
    received: int = 0
    acknowledged: int = 0
    refused: Mapping[str, int] = field(default_factory=dict[str, int])  # by rule; each record once
    unconfirmed: int = 0


class Tally:
    """Adds outcomes up. A record counts at the moment in which its outcome is known, never before, so that
    both sides are equal at any time. One thread adds; any thread may read."""

    def __init__(self) -> None:
        self._counts: dict[str, DatasetCount] = {}

    def add(self, outcome: Outcome) -> None:
        """Counts every record of one request."""
        old = self._counts.get(outcome.dataset) or DatasetCount(outcome.dataset, outcome.version.major)
        refused = old.refused
        if outcome.refused or outcome.not_taken:
            refused = dict(Counter(refused) + outcome.refused_by_rule())
        self._counts[outcome.dataset] = DatasetCount(
            dataset=old.dataset,
            major=old.major,
            revision=old.revision + 1,
            received=old.received + outcome.received,
            acknowledged=old.acknowledged + outcome.accepted,
            refused=refused,
            unconfirmed=old.unconfirmed + outcome.unconfirmed,
        )

    def counts(self) -> Sequence[DatasetCount]:
        """What stands now, one per address that anything was received for."""
        return list(self._counts.values())
