"""Flights and weather without end."""

from itertools import islice

import orjson
from tidelake.bench.writing.lines import line_identity
from tidelake.cli.benches.rounds import endless_flights, endless_lines, later_flight

LINES = 26_115


def test_lines_begin_anew_a_year_later_and_no_two_have_one_identity() -> None:
    lines = list(islice(endless_lines(), 2 * LINES + 10))

    assert lines[0].startswith(b"2013-01-01T06:00:00Z EWR temp=39.02")
    assert lines[LINES].startswith(b"2014-01-01T06:00:00Z EWR temp=39.02")
    assert lines[2 * LINES].startswith(b"2015-01-01T06:00:00Z EWR")
    assert len(set(map(line_identity, lines))) == len(lines)


def test_a_flight_of_a_later_round_is_the_same_but_for_its_time() -> None:
    flight = next(endless_flights())
    first, later = orjson.loads(flight), orjson.loads(later_flight(flight, 1))

    assert (first["time_hour"], later["time_hour"]) == ("2013-01-01T10:00:00Z", "2014-01-01T10:00:00Z")
    assert {**first, "time_hour": ""} == {**later, "time_hour": ""}


def test_a_line_is_named_as_silver_names_it() -> None:
    assert line_identity(next(endless_lines())) == '["EWR","2013-01-01T06:00:00Z"]'
