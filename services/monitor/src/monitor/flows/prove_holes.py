"""Asks Kafka about offsets that a writer passed and that are no rows of bronze: markers, or lost records."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tidelake.ledger.coverage import cover, holes
from tidelake.ledger.runs import NO_RUNS, Offsets, Runs, joined, rows_in, runs_of
from tidelake.tables.positions import Source

from monitor.core.absent import Absent

_AT_ONCE = 20
"""Spans that are looked into at one look: a reader of its own each."""


@dataclass(frozen=True, slots=True)
class Covered:
    """The offsets of one partition that bronze says it has, from commit tokens of the table."""

    first: int  # included
    end: int  # not included


Records = Callable[[Source, int, int], Offsets]
"""Offsets of committed records that Kafka still has in [first, end) of a source, ascending."""


@dataclass(slots=True)
class HoleProof:
    """Remembers of one dataset what Kafka said, as long as the process runs. A record that is in Kafka and
    not in bronze is looked for in bronze again and again, and not in Kafka: that it is deleted there mends
    nothing."""

    _nothing: dict[Source, Runs] = field(default_factory=dict[Source, Runs])
    _record: dict[Source, Runs] = field(default_factory=dict[Source, Runs])

    def absent(
        self, bronze: Mapping[Source, Runs], covered: Mapping[Source, Covered], records: Records
    ) -> Absent:
        """What bronze covers and lacks. Raises what `records` raises."""
        found: dict[Source, Runs] = {}
        budget, unasked = _AT_ONCE, 0
        for source, ends in covered.items():
            open_ = holes(bronze.get(source, NO_RUNS), ends.first, ends.end)
            known = joined(seen[source] for seen in (self._nothing, self._record) if source in seen)
            unknown = cover(open_, known).without
            for first, end in unknown[:budget].tolist():
                records_here = runs_of(records(source, first, end))
                nothing = holes(records_here, first, end)
                self._record[source] = joined((self._record.get(source, NO_RUNS), records_here))
                self._nothing[source] = joined((self._nothing.get(source, NO_RUNS), nothing))
            unasked += rows_in(unknown[budget:])
            budget = max(0, budget - len(unknown))
            lost = self._record.get(source, NO_RUNS)
            if len(still := cover(open_, cover(open_, lost).without).without):
                found[source] = still
        return Absent(found, unasked)
