"""The balance of log lines as people read it."""

import io
from dataclasses import replace

import pytest
from rich.console import Console
from tidelake.cli.ledger.log_report import LINE_FAULTS, LINE_REMARKS, lines_as_json, print_lines
from tidelake.ledger.log_balance import DatasetLines, LogBalance

BALANCE = LogBalance(
    lines=10_120,
    routed=10_100,
    dead_letters=20,
    rerouted=0,
    waiting=0,
    missing=0,
    unproved=0,
    deleted_unread=0,
    unknown=0,
    datasets=(DatasetLines("weather", 10_100, repeats=12, strangers=0),),
    reasons={"no_stream": 2, "unknown_stream": 18},
    examples=(),
)


def shown(balance: LogBalance) -> str:
    console = Console(file=io.StringIO(), width=140, highlight=False)
    print_lines(balance, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_lines_are_said_to_be_where_they_are() -> None:
    text = shown(BALANCE)
    assert "lines   10,120 kept by Kafka = routed 10,100 + dead letters 20  ✓" in text
    assert "weather has 10,100 of them, 12 repeats" in text
    assert "dead letters 18: unknown_stream" in text
    assert "balanced" in text


@pytest.mark.parametrize("word", [*LINE_FAULTS, *LINE_REMARKS])
def test_whatever_is_found_is_said_in_words(word: str) -> None:
    balance = replace(BALANCE, examples=("inbound/0/7",), **{word: 3})
    text = shown(balance)
    assert f"3 {({**LINE_FAULTS, **LINE_REMARKS})[word]}" in text
    assert "e.g. inbound/0/7" in text
    assert balance.balanced == (word in ("rerouted", "unproved"))
    assert lines_as_json(balance)[word] == 3
    assert (lines_as_json(balance)["verdict"] == "not balanced") == (word in LINE_FAULTS)
