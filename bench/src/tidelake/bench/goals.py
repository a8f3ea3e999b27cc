"""What a measure has to be, and whether it is."""

from collections.abc import Sequence
from dataclasses import dataclass

from tidelake.bench.rows import Row


@dataclass(frozen=True, slots=True)
class Goal:
    """The median of a measure is to be at most this."""

    measure: str
    at_most: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """A goal and what became of it."""

    goal: Goal
    row: Row

    @property
    def met(self) -> bool:
        return self.row.ours <= self.goal.at_most

    def __str__(self) -> str:
        verdict = "met" if self.met else "MISSED"
        unit = self.row.unit
        return (
            f"{verdict}: {self.goal.measure} at most {self.goal.at_most:g} {unit}; it is {self.row.ours:.3g}"
        )


def judge(goals: Sequence[Goal], rows: Sequence[Row]) -> list[Verdict]:
    """The verdict on each goal. Raises KeyError when no row has its measure."""
    by_measure = {row.measure: row for row in rows}
    return [Verdict(goal, by_measure[goal.measure]) for goal in goals]
