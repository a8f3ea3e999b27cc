"""Tells a row that is lost from one that silver has not come to yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tidelake.ledger.coverage import cover
from tidelake.ledger.runs import NO_RUNS, Runs, joined, parts_of, rows_in
from tidelake.tables.positions import Source

_Cohort = tuple[float, Runs]  # since when, and rows that were found together


@dataclass(slots=True)
class GapWatch:
    """Rows of bronze of one dataset without an outcome though a later row of their partition has one.

    Silver goes through bronze in the order of its commits, so such rows are lost, with one exception: bronze
    whose files were folded before silver first saw them comes in another order. While silver works through
    such rows, they grow fewer. So rows are lost once they were there for `patience_s` and none of their
    partition got its outcome meanwhile.
    """

    patience_s: float
    _cohorts: dict[Source, list[_Cohort]] = field(default_factory=dict[Source, list[_Cohort]])

    def lost(self, jumped: Mapping[Source, Runs], now: float) -> Mapping[Source, Runs]:
        """Those of the rows that silver jumped over which it will not come back to. `now`: seconds."""
        for gone in self._cohorts.keys() - jumped.keys():
            del self._cohorts[gone]
        for source, runs in jumped.items():
            before = self._cohorts.get(source, [])
            kept = [(since, both(known, runs)) for since, known in before]
            if any(
                rows_in(after) < rows_in(known) for (_, known), (_, after) in zip(before, kept, strict=True)
            ):
                kept = [(now, joined(known for _, known in kept))]
            fresh = cover(runs, joined(known for _, known in kept)).without
            self._cohorts[source] = [(since, known) for since, known in (*kept, (now, fresh)) if len(known)]
        return self.still_lost(jumped, now)

    def still_lost(self, jumped: Mapping[Source, Runs], now: float) -> Mapping[Source, Runs]:
        """As before, when what is found now may be a decision half written: nothing is learnt from it."""
        found: dict[Source, Runs] = {}
        for source, runs in jumped.items():
            old = [known for since, known in self._cohorts.get(source, []) if now - since >= self.patience_s]
            if len(lost := both(joined(old), runs)):
                found[source] = lost
        return found


def skipped(without: Runs, reach: int) -> Runs:
    """Of rows without an outcome, those before the last one that has one."""
    return parts_of(without, 0, reach) if len(without) else NO_RUNS


def both(these: Runs, those: Runs) -> Runs:
    """Offsets that are in both."""
    return _minus(these, _minus(these, those))


def _minus(these: Runs, those: Runs) -> Runs:
    return cover(these, those).without
