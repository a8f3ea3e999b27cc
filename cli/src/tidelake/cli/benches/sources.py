"""The three sources of a bench: contracts put into force, tables loaded, senders of lines and changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from rich.console import Console
from tidelake.cli.benches.orderly import connection_to
from tidelake.cli.dataset import apply_files
from tidelake.cli.here import checkout
from tidelake.local.parts import SOURCES
from tidelake.runtime.shutdown import StopSignal

if TYPE_CHECKING:
    from tidelake.bench.writing.planes import PlaneChanges
    from tidelake.contracts.contract import Contract
    from tidelake.local.stack import Stack

_IN_FORCE = timedelta(minutes=4)  # each: silver's streams start one after the other, while Java is cold
_DATASETS = ("flights", "weather", "planes")


@dataclass(frozen=True, slots=True)
class Applied:
    """The datasets of the three sources, in force; None for that of a source which is not wanted."""

    events: Contract
    lines: Contract | None
    changes: Contract | None


def apply_sources(stack: Stack, console: Console, stop: StopSignal, *, lines: bool, changes: bool) -> Applied:
    """Loads the source tables if changes are wanted, and applies the contracts that are needed.

    Raises what load_source_tables and apply_files raise.
    """
    wanted = [True, lines, changes and SOURCES in stack.parts]
    if wanted[2]:
        from tidelake.cli.demo.source_tables import load_source_tables

        with console.status("loading the source tables"):
            load_source_tables(stack.postgres, stack.home.sources, lambda _: None)
    files = [
        checkout() / f"datasets/{name}.odcs.yaml"
        for name, is_wanted in zip(_DATASETS, wanted, strict=True)
        if is_wanted
    ]
    applied = apply_files(connection_to(stack), files, console, stop, timeout=_IN_FORCE)
    found = {one.dataset: one for one in applied}
    return Applied(found["flights"], found.get("weather"), found.get("planes"))


def plane_changes(stack: Stack) -> PlaneChanges:
    """Changes of the planes that the stack's PostgreSQL has. Raises QueryFailed."""
    from tidelake.bench.writing.planes import TABLE, PlaneChanges
    from tidelake.cli.demo.source_tables import DATABASE

    tails: Sequence[str] = stack.postgres.ask(DATABASE, f"select tailnum from {TABLE} order by tailnum")
    return PlaneChanges(tails)
