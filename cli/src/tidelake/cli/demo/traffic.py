"""Mixes real flights with records that the door must refuse, with some that only silver may, and with
repeats, at stated shares."""

import random
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import cycle

import orjson

REMEMBERED = 1000
FIRST_MADE_UP = 100_000
"""No airline numbers a flight so high: by it a made-up record is told from a flight."""


class Kind(StrEnum):
    """What a record or a line of the demo is, and so what door, log-router and silver must say of it."""

    REAL = "real"
    REPEAT = "repeat"
    BROKEN_JSON = "broken JSON"
    MISSING_FIELD = "missing field"
    WRONG_TYPE = "wrong type"
    NOT_A_TIME = "not a time"
    NO_MONTH = "month 13"
    NO_CARRIER = "carrier ??"
    ELSEWHERE = "origin BOS"
    ALL_AT_ONCE = "all three at once"
    NO_LINE = "broken off"
    NO_STREAM = "of nobody's stream"

    @property
    def must_be_refused(self) -> bool:
        """At the door."""
        return self in BREAK

    @property
    def breaks(self) -> frozenset[str]:
        """The contract's rules that silver must quarantine it for."""
        if self is Kind.NO_LINE:
            return frozenset({"pattern"})
        return frozenset(rule for _, _, rule in DOUBT.get(self, ()))


@dataclass(frozen=True, slots=True)
class Sent:
    """One line of the demo's traffic."""

    kind: Kind
    line: bytes  # without the newline


@dataclass(frozen=True, slots=True)
class Shares:
    """Extra records per real flight."""

    broken: float  # the door must refuse them
    doubtful: float  # the door takes them, and silver must quarantine them
    repeats: float


def _changed(flight: bytes, values: Mapping[str, object]) -> bytes:
    return orjson.dumps({**orjson.loads(flight), **values})


def _without(flight: bytes, column: str) -> bytes:
    return orjson.dumps({name: value for name, value in orjson.loads(flight).items() if name != column})


BREAK: Mapping[Kind, Callable[[bytes], bytes]] = {
    Kind.BROKEN_JSON: lambda flight: flight[:-1],
    Kind.MISSING_FIELD: lambda flight: _without(flight, "carrier"),
    Kind.WRONG_TYPE: lambda flight: _changed(flight, {"distance": "far"}),
    Kind.NOT_A_TIME: lambda flight: _changed(flight, {"time_hour": "yesterday at ten"}),
}
_MONTH = ("month", 13, "month_in_calendar")
_CARRIER = ("carrier", "??", "carrier_is_a_code")
_ORIGIN = ("origin", "BOS", "origin_is_in_new_york")
DOUBT: Mapping[Kind, tuple[tuple[str, object, str], ...]] = {
    Kind.NO_MONTH: (_MONTH,),
    Kind.NO_CARRIER: (_CARRIER,),
    Kind.ELSEWHERE: (_ORIGIN,),
    Kind.ALL_AT_ONCE: (_MONTH, _CARRIER, _ORIGIN),
}
"""Column, value and the rule of the contract that it breaks."""


def traffic(flights: Iterable[bytes], shares: Shares, seed: int) -> Iterator[Sent]:
    """Every flight once, untouched and in order; beside them extra records. Same seed, same traffic.

    Broken and doubtful ones take turns through all their kinds; a repeat is, byte for byte, one of the last
    thousand flights.
    """
    chance = random.Random(seed)
    recent: deque[bytes] = deque(maxlen=REMEMBERED)
    broken, doubtful = cycle(BREAK), enumerate(cycle(DOUBT), FIRST_MADE_UP)
    for flight in flights:
        yield Sent(Kind.REAL, flight)
        recent.append(flight)
        if chance.random() < shares.broken:
            kind = next(broken)
            yield Sent(kind, BREAK[kind](flight))
        if chance.random() < shares.doubtful:
            number, kind = next(doubtful)
            values = {column: value for column, value, _ in DOUBT[kind]}
            yield Sent(kind, _changed(flight, {**values, "flight": number}))
        if chance.random() < shares.repeats:
            yield Sent(Kind.REPEAT, chance.choice(recent))
