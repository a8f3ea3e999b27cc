"""`lake status`: what runs, whether it can serve, and what it costs."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import typer
from rich.table import Table
from tidelake.cli import output
from tidelake.cli.here import default_stack
from tidelake.cli.json_file import JsonFile

if TYPE_CHECKING:
    from tidelake.local.slots import Slot
    from tidelake.local.stack import Stack
    from tidelake.local.state import ProcessState

_STYLES = {"ready": "green", "not ready": "yellow", "ended": "red", "stopped": "dim"}


def command(
    json_file: JsonFile = None,
) -> None:
    """Show each process of the stack. Exit code 0 if all can serve, else 1."""
    console = output.console()
    stack = default_stack()
    states = stack.states()
    console.print(_table(states))
    for one in states:
        if one.reason:
            console.print(f"{one.name}: {one.reason}", style=_STYLES[one.condition], markup=False)
    slots = _slots(stack, states)
    for slot in slots:
        console.print(str(slot), markup=False, style="" if slot.active else "yellow")
    free = shutil.disk_usage(stack.home.root if stack.home.root.exists() else Path.cwd()).free
    console.print(f"Disk free for its data: {free / 1e9:.1f} GB")
    if json_file:
        json_file.write_bytes(
            orjson.dumps(
                {"processes": states, "slots": slots, "disk_free_bytes": free}, option=orjson.OPT_INDENT_2
            )
        )
    if any(state.condition != "ready" for state in states):
        raise typer.Exit(1)


def _slots(stack: Stack, states: list[ProcessState]) -> list[Slot]:
    """Those of the databases that are followed; none while PostgreSQL can't be asked."""
    from tidelake.local.psql import QueryFailed
    from tidelake.local.slots import slots_of

    if not any(state.name == "postgres" and state.condition == "ready" for state in states):
        return []
    try:
        return slots_of(stack.postgres)
    except QueryFailed:  # it has ended since; the next look says so
        return []


def _table(states: list[ProcessState]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("process")
    table.add_column("state")
    for title in ("pid", "up", "memory", "CPU", "ports"):
        table.add_column(title, justify="right")
    for one in states:
        running = one.pid is not None
        table.add_row(
            one.name,
            f"[{_STYLES[one.condition]}]{one.condition}[/]",
            str(one.pid) if running else "",
            str(timedelta(seconds=int(one.uptime_s))) if running else "",
            f"{one.pss_bytes / 1e6:.0f} MB" if running else "",
            f"{one.cpu_seconds:.1f} s" if running else "",
            " ".join(map(str, one.ports)),
        )
    return table
