"""The same question on two ways in turn, and what the second one added."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tidelake.bench.errors import BenchFailed
from tidelake.bench.percentiles import percentile
from tidelake.bench.rows import Row, row

PEER = "trino client"
Ask = Callable[[str], Sequence[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class Question:
    """One question. Both ways get the same text."""

    name: str
    sql: str


@dataclass(frozen=True, slots=True)
class Pair:
    """The same question on both ways, one right after the other. Milliseconds to the last row."""

    through: float
    straight: float

    @property
    def added(self) -> float:
        return self.through - self.straight


def ask_in_turn(
    question: Question, through: Ask, straight: Ask, pairs: int, go_on: Callable[[], None]
) -> list[Pair]:
    """So many pairs; which way comes first changes from one to the next. `go_on` may raise to end it.

    Raises BenchFailed when the answers differ.
    """
    found: list[Pair] = []
    for nth in range(pairs):
        go_on()
        ways = (through, straight) if nth % 2 else (straight, through)
        timed = {way: _timed(way, question.sql) for way in ways}
        if sorted(timed[through][1]) != sorted(timed[straight][1]):
            raise BenchFailed(f"{question.name} is answered in two ways.", "Report it as a fault.")
        found.append(Pair(timed[through][0], timed[straight][0]))
    return found


def pair_rows(question: Question, pairs: Sequence[Pair]) -> list[Row]:
    """Both medians, and quartiles of what was added, pair by pair."""
    added = [pair.added for pair in pairs]
    sides = [pair.through for pair in pairs], [pair.straight for pair in pairs]
    return [
        row(question.name, "ms", sides[0], PEER, sides[1]),
        row(added_to(question), "ms", added),
        *(row(f"{question.name}: added p{at}", "ms", [percentile(added, at)]) for at in (25, 75, 95)),
    ]


def added_to(question: Question) -> str:
    """The measure of the median."""
    return f"{question.name}: added, median of pairs"


def _timed(ask: Ask, sql: str) -> tuple[float, Sequence[tuple[Any, ...]]]:
    began = time.perf_counter()
    rows = ask(sql)
    return (time.perf_counter() - began) * 1000, rows
