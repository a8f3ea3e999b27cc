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
    assert as_of(["2013-01-01"]) == datetime(2013, 1, 1, tzinfo=UTC)
    assert as_of(["silver.flights=12", "silver.trips=0"]) == {"silver.flights": 12, "silver.trips": 0}


@pytest.mark.parametrize(
    "given", [["yesterday"], ["silver.flights=x"], ["silver.flights=-1"], ["2013-01-01", "silver.flights=1"]]
)
def test_what_is_neither_is_refused(given: list[str]) -> None:
    with pytest.raises(typer.BadParameter, match="2013-01-01T10:00:00Z"):
        as_of(given)
