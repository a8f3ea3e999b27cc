"""`lake dataset give-up-offsets`: the word of a person that what Kafka deleted unread is gone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import orjson
import typer
from rich.console import Console
from tidelake.cli import output
from tidelake.cli.connection import connect
from tidelake.cli.json_file import JsonFile
from tidelake.cli.patience import interruptible
from tidelake.cli.publication.lake import Lake, open_lake
from tidelake.runtime.clock import SystemClock

# What reads tables and contracts takes a while to import: each function imports what it needs.
if TYPE_CHECKING:
    from .finding import Found, LostRange

EXIT_INTERRUPTED = 130
# Writers look again every 5 s, and a dataset's commits are up to a minute apart.
DEFAULT_TIMEOUT = timedelta(seconds=120)


def give_up_offsets(
    dataset: Annotated[str, typer.Argument(metavar="DATASET", help="All its major versions.")],
    partitions: Annotated[
        list[int] | None,
        typer.Option("--partition", metavar="N", min=0, help="Only this one; may be repeated."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without this it is only shown.")] = False,
    timeout_s: Annotated[
        float, typer.Option("--timeout", min=0, help="Seconds to wait for the writers.")
    ] = DEFAULT_TIMEOUT.total_seconds(),
    json_file: JsonFile = None,
) -> None:
    """Give up offsets that Kafka deleted before bronze read them, so that reading goes on behind them.

    Shows what is lost, and does nothing without --yes. Doing it twice changes nothing.

    Exit code 0 if nothing is lost, or all of it is given up and reading has gone on.
    """
    connection = connect()
    from tidelake.cli.publication.published import published_drafts

    from .finding import find_lost
    from .report import line_to_paste, lost_as_json, print_lost

    console = output.console()
    lake = open_lake(connection)
    contracts = [draft.contract for draft in published_drafts(lake.objects, dataset)]
    chosen = sorted(set(partitions or ()))
    found = find_lost(lake, contracts, chosen)
    if json_file:
        rows = [lost_as_json(each) for each in found.lost]
        json_file.write_bytes(orjson.dumps(rows, option=orjson.OPT_INDENT_2))
    _show(found, dataset, console)
    if found.lost and not yes:
        console.print(f"Nothing was done. To give them up: {line_to_paste(dataset, chosen)}", markup=False)
        raise typer.Exit(1)
    if found.lost:
        _give_up(lake, found.lost, timedelta(seconds=timeout_s), console)
        if more := find_lost(lake, contracts, chosen).lost:
            console.print("Meanwhile Kafka has deleted more, or a writer had read some of it after all:")
            print_lost(more, console)
            console.print(f"To give that up, too: {line_to_paste(dataset, chosen)}", markup=False)
            raise typer.Exit(1)
    if found.problems:
        raise typer.Exit(1)


def _show(found: Found, dataset: str, console: Console) -> None:
    from .report import print_lost

    for problem in found.problems:
        console.print(str(problem), style="red", markup=False)
    if found.lost:
        print_lost(found.lost, console)
    elif not found.problems:
        console.print(f"Nothing of {dataset} is lost: there is nothing to give up.", markup=False)


def _give_up(lake: Lake, lost: Sequence[LostRange], timeout: timedelta, console: Console) -> None:
    from tidelake.contracts.given_up import give_up

    from .waiting import WaitInterrupted, wait_until_passed

    with interruptible() as stop:
        for each in lost:
            offsets = give_up(lake.objects, each.dataset, each.source, each.offsets)
            at = f"{each.topic}/{each.source.partition}"
            console.print(f"[green]✓[/] offsets {offsets.first} to {offsets.end - 1} of {at} are given up")
        try:
            with console.status("waiting for the writers") as status:
                wait_until_passed(
                    lake.tables,
                    lost,
                    timeout,
                    SystemClock(),
                    stop.wait,
                    lambda missing: status.update(f"waiting for {missing}"),
                )
        except WaitInterrupted as ended:
            console.print(str(ended), style="yellow", markup=False)
            raise typer.Exit(EXIT_INTERRUPTED) from None
    console.print("[green]✓[/] reading has gone on behind them")
