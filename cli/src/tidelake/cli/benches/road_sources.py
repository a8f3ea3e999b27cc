"""What `lake bench road` writes beside the events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from tidelake.bench.road.aside import Aside
from tidelake.bench.writing.changes import ChangeSender
from tidelake.bench.writing.lines import LineSender
from tidelake.cli.benches.rounds import endless_lines
from tidelake.cli.benches.sources import apply_sources, plane_changes
from tidelake.cli.demo.source_tables import DATABASE
from tidelake.cli.demo.weather_lines import STREAM
from tidelake.runtime.shutdown import StopSignal

if TYPE_CHECKING:
    from tidelake.contracts.contract import Contract
    from tidelake.local.stack import Stack


def road_sources(
    stack: Stack, console: Console, stop: StopSignal, *, lines: int, changes: int
) -> tuple[Contract, Sequence[Aside]]:
    """The events' contract and what is written beside them, at so many a second; 0: nothing of it.

    Changes need the stack's sources. Raises what apply_sources raises.
    """
    applied = apply_sources(stack, console, stop, lines=lines > 0, changes=changes > 0)
    asides: list[Aside] = []
    if applied.lines is not None:
        weather = endless_lines()  # goes on in the next run
        asides.append(
            Aside(
                "log lines",
                applied.lines,
                lambda start_at: LineSender(
                    stack.lake.kafka_bootstrap_servers, STREAM, weather, rate=lines, start_at=start_at
                ),
            )
        )
    if applied.changes is not None:
        planes = plane_changes(stack)
        asides.append(
            Aside(
                "changes",
                applied.changes,
                lambda start_at: ChangeSender(
                    stack.postgres, DATABASE, planes, rate=changes, start_at=start_at
                ),
            )
        )
    return applied.events, asides
