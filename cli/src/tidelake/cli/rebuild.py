"""`lake rebuild`: tables made again from what they were made of."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from tidelake.cli import output
from tidelake.cli.audit import chosen
from tidelake.cli.connection import connect
from tidelake.cli.json_file import JsonFile
from tidelake.cli.patience import interruptible
from tidelake.cli.quarantine import NoQuarantine
from tidelake.cli.ticks import TickList

if TYPE_CHECKING:
    from tidelake.cli.rebuilding.process import Rebuild

EXIT_DIFFERS = 1
EXIT_INTERRUPTED = 130

app = typer.Typer()


@app.callback()
def rebuild() -> None:
    """Make tables again from what they were made of, beside the live ones, and compare. Replaces nothing."""


@app.command("silver")
def silver(
    dataset: Annotated[str, typer.Argument(help="The dataset, or a major version such as flights.v2.")],
    keep: Annotated[bool, typer.Option("--keep", help="Leave the new tables in the lake.")] = False,
    json_file: JsonFile = None,
) -> None:
    """Make a dataset's silver and outcomes again from bronze alone, and compare them with the live ones.

    Every row of bronze is decided anew by the contract that is in force. This checks and mends nothing: the
    live tables are only read, and nothing puts the new ones in their place. Exit code 1 if they differ.
    """
    from tidelake.cli.rebuilding.process import RebuildInterrupted, run_rebuild

    connection, console = connect(), output.console()
    equal = True
    found: dict[str, Rebuild] = {}
    for one in chosen(connection, [dataset]):
        if not one.contract.has_silver:
            raise NoQuarantine(one.contract)
        address = one.contract.address
        try:
            with interruptible() as stop, TickList(console) as ticks:
                found[address] = run_rebuild(connection, address, keep=keep, watcher=ticks, stop=stop)
        except RebuildInterrupted as interrupted:
            console.print(str(interrupted), style="yellow")
            raise typer.Exit(EXIT_INTERRUPTED) from None
        _print(address, found[address], keep, console)
        equal &= not found[address].compared.differences
    if json_file:
        json_file.write_bytes(msgspec.json.format(msgspec.json.encode(found)))
    if not equal:
        raise typer.Exit(EXIT_DIFFERS)


def _print(address: str, found: Rebuild, keep: bool, console: Console) -> None:
    compared = found.compared
    console.print(
        f"{address}: {compared.rows:,} rows of bronze (version {found.bronze_version}) made "
        f"{compared.inserted:,} rows of silver and {compared.outcomes:,} outcomes by contract "
        f"{compared.contract_version}.",
        markup=False,
    )
    if not compared.differences:
        console.print("The live tables say the same of every one of them.", style="green")
    else:
        table = Table("live", "made again", "rows", "for example (partition: offset)")
        table.columns[2].justify = "right"
        for one in compared.differences:
            examples = ", ".join(f"{partition}: {offset}" for _, partition, offset in one.examples)
            table.add_row(one.live, one.rebuilt, f"{one.rows:,}", examples)
        console.print(table)
        console.print(
            "undecided: the live tables did not have these rows yet, though they were waited for; see ./lake "
            "status. Rows that both have as inserted differ in a value. Rows decided by an earlier version "
            "of the contract may rightly differ: lake_contract_version names it.",
        )
    console.print(_next(address, found, keep), markup=False)


def _next(address: str, found: Rebuild, keep: bool) -> str:
    """What was and was not done, and what to do now."""
    kept = f" The new ones stand below {found.folder} of the lake's root." if keep else ""
    only = f"Only compared: the live tables are as they were, and nothing puts new ones in their place.{kept}"
    if not found.compared.differences:
        return f"{only} Nothing is to be done."
    if keep:
        return f"{only} Next: read the rows named above in both, by any Delta reader."
    again = shlex.join(["./lake", "rebuild", "silver", address, "--keep"])
    return f"{only} Next: {again} keeps the new ones, so that the rows named above can be read in both."
