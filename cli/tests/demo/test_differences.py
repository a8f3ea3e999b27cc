"""Answers side by side."""

from tidelake.cli.demo.answers import Answer
from tidelake.cli.demo.differences import Difference, differences
from tidelake.cli.demo.questions import Question

QUESTION = Question("Flights", "")
COLUMNS = ("origin", "flights", "mean")


def answer(*rows: tuple[str, int, float | None]) -> list[Answer]:
    return [Answer(QUESTION, COLUMNS, rows)]


EWR, JFK = ("EWR", 9893, 2.41), ("JFK", 9161, None)


def test_equal_answers_do_not_differ() -> None:
    assert differences(answer(EWR, JFK), answer(EWR, JFK)) == []


def test_a_value_is_named_by_row_and_column() -> None:
    found = differences(answer(EWR, JFK), answer(EWR, ("JFK", 9161, 1.1)))
    assert found == [Difference("Flights", "JFK", "mean", None, 1.1)]
    assert str(found[0]) == "Flights: mean of JFK is - in the lake and 1.10 in the CSV file"


def test_a_row_that_one_side_lacks_is_one_difference() -> None:
    found = differences(answer(EWR), answer(EWR, JFK))
    assert found == [Difference("Flights", "JFK", "", None, JFK)]
    assert str(found[0]) == "Flights: the row JFK is - in the lake and (JFK, 9,161, -) in the CSV file"


def test_another_order_is_a_difference_too() -> None:
    assert [str(one) for one in differences(answer(JFK, EWR), answer(EWR, JFK))] == [
        "Flights: their order of all rows is JFK, EWR in the lake and EWR, JFK in the CSV file"
    ]
