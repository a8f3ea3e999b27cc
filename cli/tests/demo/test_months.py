from tidelake.cli.demo.flights import flights_per_month
from tidelake.cli.demo.months import next_month


def test_the_year_has_336_776_flights():
    assert flights_per_month().total() == 336_776


def test_the_next_month_is_the_first_that_is_not_whole():
    complete = flights_per_month()
    assert next_month({}, complete) == 1
    assert next_month({1: complete[1]}, complete) == 2
    assert next_month({1: complete[1] - 1, 2: complete[2]}, complete) == 1
    assert next_month(dict(complete), complete) is None
