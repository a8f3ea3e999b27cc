import pytest
from tidelake.cli.demo.months import newest_month, next_month, parse_months
from tidelake.cli.demo.own_flights import flights_per_month


def test_the_year_has_336_776_flights() -> None:
    assert sum(flights_per_month().values()) == 336_776


def test_the_next_month_is_the_first_that_is_not_whole() -> None:
    complete = flights_per_month()
    assert next_month({}, complete) == 1
    assert next_month({1: complete[1]}, complete) == 2
    assert next_month({1: complete[1] - 1, 2: complete[2]}, complete) == 1
    assert next_month(dict(complete), complete) is None


def test_the_newest_month_is_the_last_that_has_flights() -> None:
    assert newest_month({}) == 1
    assert newest_month({2: 10, 3: 1, 1: 27_004}) == 3


@pytest.mark.parametrize(
    ("text", "months"),
    [("1", [1]), ("3,1,2", [1, 2, 3]), ("1-3", [1, 2, 3]), ("12, 1 - 2,2", [1, 2, 12]), ("5-5", [5])],
)
def test_months_are_numbers_and_ranges(text: str, months: list[int]) -> None:
    assert parse_months(text) == months


@pytest.mark.parametrize("text", ["", "0", "13", "3-1", "1-13", "-2", "1--3", "1,,2", "January", "1.5", "١"])
def test_anything_else_is_refused_with_what_was_given(text: str) -> None:
    with pytest.raises(ValueError, match="is not months 1 to 12"):
        parse_months(text)
