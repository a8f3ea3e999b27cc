"""The balance as people read it."""

import io

from rich.console import Console
from tidelake.cli.ledger.balance import DatasetBalance, balance_door
from tidelake.cli.ledger.report import print_balance


def test_rows_and_repeats_are_said_to_be_those_of_all_runs() -> None:
    balance = DatasetBalance(
        dataset="flights",
        major=1,
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
    console = Console(file=io.StringIO(), width=120, highlight=False)
    print_balance(balance, console)
    assert isinstance(console.file, io.StringIO)
    assert "bronze  3,000 rows in all: 1,200 distinct ids, 1,800 repeats" in console.file.getvalue()
    assert "silver  has no tables" in console.file.getvalue()
