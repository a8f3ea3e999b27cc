"""What a soak does, all of it known before it begins: how much is written, and who is killed when."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

KILLABLE = (
    "ingest-router",
    "log-router",
    "bronze-writer-1",
    "bronze-writer-2",
    "silver-processor",
    "silver-processor-2",
    "query-gateway",
    "monitor",
    "connect",
    "kafka",
    "postgres",
    "trino",
)
"""Processes that the stack starts again. The store's emulator is not among them: it stands for Google's."""
_SLACK_S = 5.0  # a kill is a moment later than it is due, and the ones after it with it


@dataclass(frozen=True, slots=True)
class Load:
    """How much is written a second, by source."""

    events: float
    lines: float
    changes: float

    @property
    def total(self) -> float:
        return self.events + self.lines + self.changes


def split(rate: float) -> Load:
    """Three in five by the door, one as a log line, one as a change of a row."""
    return Load(rate * 3 / 5, rate / 5, rate / 5)


@dataclass(frozen=True, slots=True)
class Plan:
    """`kill_every_s`: seconds from one kill to the next; the first comes so long after the beginning."""

    seconds: float
    seed: int
    load: Load
    killed: Sequence[str] = KILLABLE
    kill_every_s: float = 30.0
    recovers_within_s: float = 30.0
    warm_up_s: float = 240.0  # at most, until silver has caught up and the first interval begins
    fresh_s: float | None = None  # what counts as fresh; None: what each contract promises

    def names(self) -> Iterator[str]:
        """Who is killed, without end. Same seed, same names.

        Random as cards are: each comes once before one comes twice, and none twice running.
        """
        chance, last = random.Random(self.seed), ""
        while True:
            deck = list(self.killed)
            chance.shuffle(deck)
            if deck[0] == last and len(deck) > 1:
                deck.append(deck.pop(0))
            yield from deck
            last = deck[-1]

    def next_kill(self, began: float, last: float | None) -> float | None:
        """When the next kill is due, the one before having been at `last`; None if it would have less than
        its time to recover before the end. Unix seconds."""
        due = (began if last is None else last) + self.kill_every_s
        return due if due + self.kill_every_s <= began + self.seconds + _SLACK_S else None
