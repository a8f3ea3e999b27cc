"""`lake down`: ends what runs."""

import sys
from typing import Annotated

import typer
from rich.console import Console
from tidelake.cli import output
from tidelake.cli.here import default_stack
from tidelake.cli.patience import interruptible
from tidelake.cli.ticks import TickList


def command(
    purge: Annotated[bool, typer.Option("--purge", help="Remove all data of the stack too.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before removing.")] = False,
) -> None:
    """Stop the local stack in order, the services first. A second Ctrl-C ends everything at once."""
    console = output.console()
    stack = default_stack()
    if purge and not yes:
        _ask(console, str(stack.home.root))
    with interruptible() as stop, TickList(console) as ticks:
        ended = stack.down(ticks, stop)
    if not ended:
        console.print("Nothing was running.")
    if purge:
        removed_mb = stack.purge() / 1e6
        console.print(f"Removed {removed_mb:,.0f} MB below {stack.home.root}.")
        console.print(f"Downloads stay in {stack.cache}.")


def _ask(console: Console, folder: str) -> None:
    if not sys.stdin.isatty():
        console.print(f"This removes all data below {folder}. Say --yes if you mean it.", style="red")
        raise typer.Exit(2)
    if not typer.confirm(f"Remove all data of the local stack below {folder}?"):
        console.print("Nothing was stopped or removed.")
        raise typer.Exit(1)
