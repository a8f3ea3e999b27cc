"""What silver said of the records that were sent, against what the demo knows of them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import duckdb
from deltalake import DeltaTable

from .own_flights import columns_of
from .send import Position
from .traffic import Kind

_INSERTED = "inserted"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one position."""

    outcome: str | None  # None: none
    rules: frozenset[str]  # that it broke

    def __str__(self) -> str:
        broke = f", it broke {', '.join(sorted(self.rules))}" if self.rules else ""
        return f"{self.outcome or 'nothing'}{broke}"


@dataclass(frozen=True, slots=True)
class Judged:
    """Grain of the counts: position."""

    quarantined: Counter[Kind]  # rightly: for exactly the rules that they break
    misjudged: Mapping[Position, tuple[Kind, Verdict]]

    @property
    def as_expected(self) -> bool:
        return not self.misjudged


def judged(
    silver: DeltaTable, outcomes: DeltaTable, topic_id: str, positions: Mapping[Position, Kind]
) -> Judged:
    """Looks up every one of these positions of a topic in the tables themselves."""
    verdicts = _verdicts(silver, outcomes, topic_id)
    quarantined: Counter[Kind] = Counter()
    misjudged: dict[Position, tuple[Kind, Verdict]] = {}
    for position, kind in positions.items():
        verdict = verdicts.get(position, Verdict(None, frozenset()))
        if not _right(kind, verdict):
            misjudged[position] = kind, verdict
        elif kind.breaks:
            quarantined[kind] += 1
    return Judged(quarantined, misjudged)


def _right(kind: Kind, verdict: Verdict) -> bool:
    if verdict.rules != kind.breaks:
        return False
    if kind.breaks:
        return verdict.outcome == "quarantined"
    # Of several records of one event any may be the one that stays: sent again, or once more.
    return verdict.outcome in (_INSERTED, "duplicate")


def _verdicts(silver: DeltaTable, outcomes: DeltaTable, topic_id: str) -> Mapping[Position, Verdict]:
    with duckdb.connect() as connection:
        connection.register("silver", columns_of(silver, ["lake_topic_id", "lake_partition", "lake_offset"]))
        connection.register(
            "outcomes", columns_of(outcomes, ["topic_id", "partition", "offset", "outcome", "reasons"])
        )
        inserted = connection.execute(
            "select lake_partition, lake_offset from silver where lake_topic_id = ?", [topic_id]
        ).fetchall()
        others = connection.execute(
            'select "partition", "offset", outcome, [reason.rule for reason in reasons] '
            "from outcomes where topic_id = ?",
            [topic_id],
        ).fetchall()
    told = cast("list[tuple[int, int, str, list[str]]]", others)
    return {
        **{cast("Position", position): Verdict(_INSERTED, frozenset()) for position in inserted},
        **{(at, offset): Verdict(outcome, frozenset(rules)) for at, offset, outcome, rules in told},
    }
