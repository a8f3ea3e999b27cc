"""The balance as people read it."""

import io
from dataclasses import replace

import pytest
from rich.console import Console
from tidelake.cli.ledger.report import balance_as_json, print_balance
from tidelake.ledger.balance import DatasetBalance, balance_door
from tidelake.ledger.silver_balance import SilverBalance

SILVER = SilverBalance(
    version=4,
    outcomes_version=3,
    inserted=1100,
    outcomes={"duplicate": 1800},
    reasons={},
    missing=0,
    waiting=0,
    newer=0,
    doubled=0,
    unknown=0,
    repeated=0,
)
BALANCE = DatasetBalance(
    dataset="flights",
    major=1,
    source="api",
    only_major=True,
    bronze_version=7,
    door=balance_door([]),
    partitions=(),
    rows_of_earlier_topics=0,
    rows=3000,
    distinct_ids=1200,
    rows_without_id=0,
    silver=None,
)


def shown(balance: DatasetBalance) -> str:
    console = Console(file=io.StringIO(), width=120, highlight=False)
    print_balance(balance, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_rows_and_repeats_are_said_to_be_those_of_all_runs() -> None:
    assert "bronze  3,000 rows in all: 1,200 distinct ids, 1,800 repeats" in shown(BALANCE)
    assert "silver  has no tables" in shown(BALANCE)


def test_keys_of_a_followed_table_are_no_repeats_and_those_of_log_lines_say_nothing() -> None:
    changes = replace(BALANCE, source="cdc", rows_without_id=2)
    assert "bronze  3,000 rows in all: changes of 1,200 keys, 2 without a key\n" in shown(changes)
    lines = replace(BALANCE, source="log", rows_without_id=3000, distinct_ids=0)
    assert "bronze  3,000 rows in all\n" in shown(lines)
    assert (balance_as_json(lines)["rows_without_id"], balance_as_json(lines)["repeats"]) == (None, None)
    for balance in (changes, lines):
        assert "door" not in shown(balance), "no door takes them"


@pytest.mark.parametrize(
    ("silver", "verdict", "words"),
    [
        (replace(SILVER, newer=100), "balanced", "100 came in since the count began"),
        (replace(SILVER, waiting=70, newer=30), "balanced so far", "70 in bronze, with no outcome yet"),
        (replace(SILVER, missing=1, waiting=70, newer=29), "not balanced", "1 in bronze without an outcome"),
    ],
)
def test_what_is_on_its_way_is_told_from_what_is_wrong(
    silver: SilverBalance, verdict: str, words: str
) -> None:
    balance = replace(BALANCE, silver=silver)
    text = shown(balance)
    assert "3,000 bronze rows = inserted 1,100 + duplicate 1,800 + none yet 100" in text
    assert words in text
    assert verdict in text.lower()
    assert balance_as_json(balance)["verdict"] == verdict
