"""What stands on the screen."""

import io
from collections import Counter

import pytest
from rich.console import Console
from tidelake.cli.demo.answers import Answer
from tidelake.cli.demo.differences import Difference
from tidelake.cli.demo.figures import figure
from tidelake.cli.demo.judged import Judged, Verdict
from tidelake.cli.demo.own_flights import Foreign
from tidelake.cli.demo.questions import Question
from tidelake.cli.demo.screen import (
    print_answers,
    print_foreign,
    print_judged,
    print_own_findings,
    print_receipted,
    print_verdict,
)
from tidelake.cli.demo.send import Receipted
from tidelake.cli.demo.traffic import Kind


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), width=120, highlight=False, soft_wrap=True)


def shown(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_what_doctor_finds_by_the_demos_own_doing_is_named_at_its_end(console: Console) -> None:
    print_own_findings({"weather": "", "flights": ""}, 25, console)
    text = shown(console)
    assert "FreshnessSlo, as it killed services in mid-stream" in text
    assert "QuarantineShare of flights and weather, as it sent records that only silver refuses" in text
    assert "for an hour 25 dead letters" in text


def test_of_a_demo_without_broken_records_neither_quarantine_nor_dead_letters_are_foretold(
    console: Console,
) -> None:
    print_own_findings((), 0, console)
    assert "QuarantineShare" not in shown(console)
    assert "dead letters" not in shown(console)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2.3, "2.30"),
        (0.0, "0.00"),
        (1234567, "1,234,567"),
        (1234.5, "1,234.50"),
        (None, "-"),
        (float("nan"), "-"),
        ("EWR", "EWR"),
    ],
)
def test_a_figure_has_two_decimals_or_none_and_nothing_is_a_dash(value: object, text: str) -> None:
    assert figure(value) == text


def test_figures_of_an_answer_stand_below_each_other(console: Console) -> None:
    rows = (("EWR", 9893, 2.41), ("LGA", 50, 2.3), ("OO", 1, None))
    print_answers([Answer(Question("Flights", ""), ("origin", "flights", "mean"), rows)], [1], console)
    lines = [line for line in shown(console).splitlines() if line.startswith("│")]
    assert lines == [
        "│ EWR    │   9,893 │ 2.41 │",
        "│ LGA    │      50 │ 2.30 │",
        "│ OO     │       1 │    - │",
    ]


def test_nothing_sent_is_no_success(console: Console) -> None:
    assert not Receipted().as_expected
    print_receipted(Receipted(), 1.0, console)
    assert "Nothing was sent" in shown(console)
    assert "✓" not in shown(console)


@pytest.mark.parametrize(
    ("foreign", "line"),
    [
        (Foreign(0, ()), ""),
        (
            Foreign(1, ('["a","UA",9999]',)),
            '  1 event in bronze is none of the demo\'s flights, such as ["a","UA",9999]\n',
        ),
        (
            Foreign(2000, ("[red]", "b")),
            "  2,000 events in bronze are not the demo's flights, such as [red]\n",
        ),
        (Foreign(2, ()), "  2 events in bronze are not the demo's flights\n"),
    ],
)
def test_what_others_sent_is_one_line(console: Console, foreign: Foreign, line: str) -> None:
    print_foreign(foreign, console)
    assert shown(console) == line


def test_a_few_differences_are_shown_and_the_rest_counted(console: Console) -> None:
    print_verdict([Difference("Flights", f"row {nth}", "mean", nth, 0) for nth in range(7)], console)
    text = shown(console)
    assert "mean of row 4 is 4 in the lake and 0 in the CSV file" in text
    assert "row 5" not in text
    assert "and 2 more" in text
    assert "✓" not in text


def test_what_silver_says_otherwise_is_named_by_its_position(console: Console) -> None:
    wrong = {(0, nth): (Kind.NO_MONTH, Verdict("inserted", frozenset())) for nth in range(7)}
    print_judged(Judged(Counter({Kind.NO_CARRIER: 3}), wrong), console)
    text = shown(console)
    assert "quarantined, each for the rules that it breaks: 3 carrier ??" in text
    assert "silver decided 7 records otherwise than it should" in text
    assert "month 13 at partition 0, offset 4: inserted" in text
    assert "offset 5" not in text
