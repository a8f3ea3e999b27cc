"""Parameters and versions as they are typed."""

from datetime import UTC, datetime

import pytest
import typer
from tidelake.cli.query.given import as_of, parameter


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("500", 500),
        ("1.5", 1.5),
        ("true", True),
        ("null", None),
        ('"500"', "500"),
        ("EWR", "EWR"),
        ("[1]", "[1]"),
        ("", ""),
    ],
)
def test_a_parameter_is_a_scalar_of_json_or_a_text(text: str, value: object) -> None:
    assert parameter(text) == value


def test_as_of_is_the_newest_a_time_or_versions() -> None:
    assert as_of([]) is None
    assert as_of(["2013-01-01T10:00:00Z"]) == datetime(2013, 1, 1, 10, tzinfo=UTC)
    assert as_of(["2013-01-01T11:00:00+01:00"]) == datetime(2013, 1, 1, 10, tzinfo=UTC)
    assert as_of(["silver.flights=12", "silver.trips=0"]) == {"silver.flights": 12, "silver.trips": 0}


@pytest.mark.parametrize(
    "given",
    [
        ["yesterday"],
        ["2013-01-01"],
        ["2013-01-01T10:00:00"],
        ["2013-01-01 10:00:00Z"],
        ["silver.flights=x"],
        ["silver.flights=-1"],
        ["2013-01-01T10:00:00Z", "silver.flights=1"],
    ],
)
def test_what_is_neither_is_refused_and_no_zone_is_guessed(given: list[str]) -> None:
    with pytest.raises(typer.BadParameter, match="2013-01-01T10:00:00Z"):
        as_of(given)
