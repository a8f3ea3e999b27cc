"""Proves of each log line, once, that it got somewhere; asks Kafka about those that did not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tidelake.ledger.coverage import cover, holes
from tidelake.ledger.runs import NO_RUNS, Runs, joined, parts_of, runs_of
from tidelake.tables.positions import Source

from monitor.flows.prove_holes import Records

_AT_ONCE = 20
"""Spans that are looked into at one look: a reader of its own each."""


@dataclass(slots=True)
class LineProof:
    """Remembers how far lines are proved, and which are lost. That bronze loses a row later is told of its
    dataset, so no line is proved twice."""

    _proved: dict[Source, int] = field(default_factory=dict[Source, int])
    _lost: dict[Source, Runs] = field(default_factory=dict[Source, Runs])

    @property
    def proved(self) -> Mapping[Source, int]:
        """Offsets below which every line is somewhere, lost, or forgotten by Kafka, of all partitions."""
        return self._proved

    def step(
        self,
        somewhere: Mapping[Source, Runs],
        log_starts: Mapping[Source, int],
        settled: Mapping[Source, int],
        records: Records,
    ) -> Mapping[Source, Runs]:
        """Lines that are lost, as far as Kafka still has them. `somewhere`: positions in datasets and dead
        letters. `settled`: below these offsets each line must be somewhere. `records`: lines that Kafka has,
        and that are missed if they are nowhere. Raises what `records` raises."""
        for gone in self._proved.keys() - log_starts.keys():
            del self._proved[gone]
            self._lost.pop(gone, None)
        budget = _AT_ONCE
        for source, start in log_starts.items():
            there = somewhere.get(source, NO_RUNS)
            first = max(self._proved.get(source, 0), start)
            end = max(settled.get(source, 0), first)
            found: list[Runs] = []
            for begin, stop in holes(there, first, end).tolist():
                if not budget:
                    end = begin
                    break
                budget -= 1
                found.append(runs_of(records(source, begin, stop)))
            lost = parts_of(joined((self._lost.get(source, NO_RUNS), *found)), start, end)
            self._lost[source] = cover(lost, there).without
            self._proved[source] = end
        return {source: runs for source, runs in self._lost.items() if len(runs)}
