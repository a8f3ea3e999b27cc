"""`lake tables`: what can be asked."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import orjson
import typer
from rich.console import Console
from rich.table import Table
from tidelake.cli import output
from tidelake.cli.audit import chosen
from tidelake.cli.connection import connect
from tidelake.cli.json_file import JsonFile

# What reads tables takes a while to import: the command imports what it needs.
if TYPE_CHECKING:
    from collections.abc import Sequence

    from tidelake.cli.looking.listing import Listed


def command(json_file: JsonFile = None) -> None:
    """List the lake's tables: of which dataset and kind, the newest version, and how many rows it has.

    Exit code 1 if one of them can't be read.
    """
    connection, console = connect(), output.console()
    from tidelake.cli.looking.listing import list_tables
    from tidelake.cli.looking.names import tables_of_lake

    contracts = [found.contract for found in chosen(connection, [])]
    with console.status("reading the tables' logs"):
        listing = list_tables(tables_of_lake(contracts), connection.storage(), connection.objects())
    if listing.there:
        _print(listing.there, console)
    for problem in listing.unreadable:
        console.print(problem, style="red", markup=False)
    if not contracts:
        console.print("No contract is published yet, so no dataset has tables. Next: ./lake demo")
    elif listing.absent:
        console.print(
            f"Not there: {', '.join(listing.absent)}. A table is made seconds after its contract is applied "
            "(./lake dataset apply FILE), if its writer runs (./lake status).",
            style="yellow",
            markup=False,
        )
    if json_file:
        rows = [asdict(one) for one in listing.there]
        json_file.write_bytes(orjson.dumps(rows, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z))
    if listing.unreadable:
        raise typer.Exit(1)


def _print(tables: Sequence[Listed], console: Console) -> None:
    shown = Table("dataset", "kind", "table", "version", "committed (UTC)", "rows")
    for number in (3, 5):
        shown.columns[number].justify = "right"
    for one in tables:
        at = f"{one.committed_at:%Y-%m-%d %H:%M:%S}" if one.committed_at else "-"
        rows = "-" if one.rows is None else f"{one.rows:,}"
        shown.add_row(one.dataset, one.kind, one.table, str(one.version), at, rows)
    console.print(shown)
    console.print('Next: ./lake versions TABLE, ./lake query "select * from TABLE limit 10"', markup=False)
