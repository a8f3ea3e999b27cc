"""Real flights and weather without end: when the year is over it begins anew, 365 days later each time."""

import itertools
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

import orjson
from tidelake.cli.demo.flights import flights
from tidelake.cli.demo.weather_lines import weather_lines

_YEAR = timedelta(days=365)


def endless_flights() -> Iterator[bytes]:
    """Each with an event id of its own."""
    return _rounds(flights, later_flight)


def endless_lines() -> Iterator[bytes]:
    """Each with an event id of its own."""
    return _rounds(weather_lines, later_line)


def _rounds(once: Callable[[], Iterable[bytes]], later: Callable[[bytes, int], bytes]) -> Iterator[bytes]:
    for nth in itertools.count():
        yield from (later(one, nth) for one in once()) if nth else once()


def later_flight(flight: bytes, years: int) -> bytes:
    """The same so many times 365 days later."""
    fields = orjson.loads(flight)
    return orjson.dumps({**fields, "time_hour": _moved(fields["time_hour"], years)})


def later_line(line: bytes, years: int) -> bytes:
    """The same so many times 365 days later."""
    hour, rest = line.decode().split(" ", 1)
    return f"{_moved(hour, years)} {rest}".encode()


def _moved(hour: str, years: int) -> str:
    moved = datetime.fromisoformat(hour) + years * _YEAR
    return f"{moved:%Y-%m-%dT%H:%M:%SZ}"
