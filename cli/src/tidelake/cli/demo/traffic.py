"""Mixes real flights with records that the door must refuse and with repeats, at stated shares."""

import random
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

import orjson

REMEMBERED = 1000


class Kind(StrEnum):
    """What a record of the demo is, and so what the door must say of it."""

    REAL = "real"
    REPEAT = "repeat"
    BROKEN_JSON = "broken JSON"
    MISSING_FIELD = "missing field"
    WRONG_TYPE = "wrong type"
    NOT_A_TIME = "not a time"

    @property
    def must_be_refused(self) -> bool:
        return self not in (Kind.REAL, Kind.REPEAT)


@dataclass(frozen=True, slots=True)
class Sent:
    """One line of the demo's traffic."""

    kind: Kind
    line: bytes  # without the newline


def _changed(flight: bytes, column: str, value: object) -> bytes:
    return orjson.dumps({**orjson.loads(flight), column: value})


def _without(flight: bytes, column: str) -> bytes:
    return orjson.dumps({name: value for name, value in orjson.loads(flight).items() if name != column})


BREAK: Mapping[Kind, Callable[[bytes], bytes]] = {
    Kind.BROKEN_JSON: lambda flight: flight[:-1],
    Kind.MISSING_FIELD: lambda flight: _without(flight, "carrier"),
    Kind.WRONG_TYPE: lambda flight: _changed(flight, "distance", "far"),
    Kind.NOT_A_TIME: lambda flight: _changed(flight, "time_hour", "yesterday at ten"),
}


def traffic(
    flights: Iterable[bytes], *, broken_share: float, repeat_share: float, seed: int
) -> Iterator[Sent]:
    """Every flight once, untouched and in order; beside them extra records. Same seed, same traffic.

    A share is extra records per real flight. Broken ones take turns through all kinds; a repeat is, byte for
    byte, one of the last thousand flights.
    """
    chance = random.Random(seed)
    recent: deque[bytes] = deque(maxlen=REMEMBERED)
    kinds = list(BREAK)
    broken = 0
    for flight in flights:
        yield Sent(Kind.REAL, flight)
        recent.append(flight)
        if chance.random() < broken_share:
            kind = kinds[broken % len(kinds)]
            broken += 1
            yield Sent(kind, BREAK[kind](flight))
        if chance.random() < repeat_share:
            yield Sent(Kind.REPEAT, chance.choice(recent))
