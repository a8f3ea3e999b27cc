"""Rows for people."""

from io import StringIO

from rich.console import Console
from tidelake.bench.rows import Row, row
from tidelake.bench.table import rows_table


def _shown(*rows: Row) -> str:
    console = Console(file=StringIO(), width=200)
    console.print(rows_table("a bench", rows))
    file = console.file
    assert isinstance(file, StringIO)
    return file.getvalue()


def test_every_row_is_shown_with_its_unit_runs_and_spread() -> None:
    shown = _shown(row("ack p99", "ms", [12.345, 9.0, 30.0]))

    assert "ack p99" in shown
    assert "12.3" in shown
    assert "21" in shown
    assert "ms" in shown


def test_a_peer_has_columns_only_where_there_is_one() -> None:
    assert "peer" not in _shown(row("ack p99", "ms", [1.0]))
    assert "0.5" in _shown(row("rate", "records", [1.0], "bare", [2.0]), row("load", "", [1.0]))


def test_large_numbers_have_their_thousands_set_apart() -> None:
    assert "123,457" in _shown(row("rate", "records", [123_456.7]))
