"""`lake bench`: figures of the lake, beside what you might use instead."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from tidelake.cli import output
from tidelake.cli.benches.orderly import connection_to, orderly, print_where
from tidelake.cli.benches.soak import soak
from tidelake.cli.dataset import apply_files
from tidelake.cli.here import checkout
from tidelake.cli.json_file import JsonFile
from tidelake.cli.patience import interruptible
from tidelake.cli.ticks import TickList
from tidelake.local.parts import QUERY, parts_from_environ

# The benches import all that they measure: each function imports what it needs.
if TYPE_CHECKING:
    from tidelake.bench.bronze.figures import SideBySide
    from tidelake.bench.road.aside import Aside
    from tidelake.bench.road.figures import Figures
    from tidelake.bench.rows import Row
    from tidelake.bench.silver.measure import SilverRun
    from tidelake.contracts.contract import Contract
    from tidelake.local.stack import Stack

FLIGHTS = "datasets/flights.odcs.yaml"
_SAMPLED = 50_000  # flights that payloads are made of

_ROAD = (
    "Due: when the schedule wanted the request sent; ack counts from there. Readable: the store had the "
    "commit. Lag: what was due and not readable at the end. CPU: of the counted time."
)

_GATEWAY = (
    "To the last row, connections kept. Added: through the gateway less straight, pair by pair. Both ask "
    "Trino for the next part at once, without pauses of their own; it answers when it has something."
)

app = typer.Typer()
app.command("soak")(soak)

Runs = Annotated[int, typer.Option(min=1, help="How many; the figures are their medians.")]


@app.command("road")
def road(
    seconds: Annotated[float, typer.Option(min=1, help="How long each run counts.")] = 60,
    warm_up: Annotated[float, typer.Option(min=0, help="Seconds before, which don't count.")] = 10,
    rate: Annotated[int, typer.Option(min=1, help="Events a second.")] = 1000,
    batch: Annotated[int, typer.Option(min=1, help="Events a request.")] = 20,
    lines: Annotated[int, typer.Option(min=0, help="Log lines a second, beside the events.")] = 100,
    changes: Annotated[
        int, typer.Option(min=0, help="Rows changed in PostgreSQL a second, beside the events.")
    ] = 100,
    runs: Runs = 5,
    json_file: JsonFile = None,
) -> None:
    """The whole road at a steady pace, on a stack of its own: flights as events by the door, weather as log
    lines by log-router, planes as changes of a table by Debezium. As far as bronze with LAKE_PARTS=road (then
    without changes) or road,sources.

    The pace is kept whatever the lake does, and latency counts from when a write was due.
    """
    from tidelake.bench.goals import Goal, judge
    from tidelake.bench.road.figures import ACK_P99, GOALS, LAG, READABLE_P50
    from tidelake.bench.road.measure import measure_road
    from tidelake.bench.road.schedule import Schedule
    from tidelake.bench.road.silver import SILVER_P50
    from tidelake.cli.benches.road_sources import road_sources
    from tidelake.cli.demo.flights import flights

    console, parts = output.console(), parts_from_environ()
    schedule = Schedule(rate=rate, batch=batch, warm_up_s=warm_up, counted_s=seconds)

    def on_run(nth: int, figures: Figures) -> None:
        told = [one for one in (ACK_P99, READABLE_P50, SILVER_P50, LAG) if one in figures]
        told += [one for one in figures if re.search(r": due to readable in \w+ p50$", one.name)]
        shown = (f"{one.name} {figures[one]:.3g} {one.unit}" for one in told)
        console.print(f"  run {nth} of {runs}: {', '.join(shown)}")

    print_where(console)
    with orderly(console), interruptible() as stop, TickList(console) as ticks:

        def apply_all(stack: Stack) -> tuple[Contract, Sequence[Aside]]:
            return road_sources(stack, console, stop, lines=lines, changes=changes)

        rows = measure_road(
            apply_all,
            list(flights()),
            schedule,
            runs,
            parts=parts,
            watcher=ticks,
            stop=stop,
            on_run=on_run,
        )
    title = (
        f"road: {rate:,} events/s, {batch} a request, {lines:,} lines/s, {changes:,} changes/s, "
        f"{seconds:g} s a run"
    )
    _show(title, rows, _ROAD, json_file, console)
    goals = [*GOALS, *([Goal(SILVER_P50.name, 3.0)] if QUERY in parts else [])]
    for verdict in judge(goals, rows):
        console.print(str(verdict), style="green" if verdict.met else "red")


@app.command("gateway")
def gateway(
    pairs: Annotated[int, typer.Option(min=1, help="Pairs of each question.")] = 200,
    events: Annotated[int, typer.Option(min=1, help="Flights in silver.")] = 20_000,
    json_file: JsonFile = None,
) -> None:
    """The same questions through the gateway and straight by the trino client, in turn, connections kept."""
    from tidelake.bench.gateway.measure import QUESTIONS, measure_gateway
    from tidelake.bench.gateway.pairs import added_to
    from tidelake.bench.goals import Goal, judge
    from tidelake.cli.demo.flights import flights

    console = output.console()
    print_where(console)
    with orderly(console), interruptible() as stop, TickList(console) as ticks:

        def apply_flights(stack: Stack) -> Contract:
            return apply_files(connection_to(stack), [checkout() / FLIGHTS], console, stop)[0]

        rows = measure_gateway(
            apply_flights,
            list(islice(flights(), events)),
            pairs,
            watcher=ticks,
            stop=stop,
            on_question=lambda question: console.print(f"  asking {question.name}, {pairs} pairs"),
        )
    _show(f"gateway: {pairs} pairs, {events:,} flights in silver", rows, _GATEWAY, json_file, console)
    goals = [Goal(added_to(question), 15.0) for question in QUESTIONS]
    for verdict in judge(goals, rows):
        console.print(str(verdict), style="green" if verdict.met else "red")


@app.command("silver")
def silver(runs: Runs = 3, json_file: JsonFile = None) -> None:
    """Bronze to silver by a silver-processor, beside a plain Spark job: foreachBatch and MERGE."""
    from tidelake.bench.silver.bronze import ROWS_A_COMMIT
    from tidelake.bench.silver.measure import PEER, SHAPES, measure_silver, rows_a_cpu_second
    from tidelake.cli.demo.flights import flights

    console = output.console()

    def on_run(nth: int, run: SilverRun) -> None:
        ours, plain = (rows_a_cpu_second(run.shape, spent) for spent in (run.ours, run.plain))
        console.print(
            f"  run {nth} of {runs}, {run.shape.rows:,} rows a batch: {ours:,.0f} rows a CPU second, "
            f"plain {plain:,.0f}"
        )

    print_where(console)
    with orderly(console), interruptible() as stop, TickList(console) as ticks:
        rows = measure_silver(
            (checkout() / FLIGHTS).read_text(),
            list(islice(flights(), ROWS_A_COMMIT * max(shape.commits for shape in SHAPES))),
            runs,
            watcher=ticks,
            stop=stop,
            on_run=on_run,
        )
    caption = f"After batches that don't count; a repeat in 50 rows, a broken one in 100. Peer: {PEER}."
    _show("silver: real flights, Java and Python together", rows, caption, json_file, console)


@app.command("bronze")
def bronze(
    records: Annotated[
        int, typer.Option(min=1000, help="Records of 300 B a run; half as many of 1 kB.")
    ] = 1_000_000,
    runs: Runs = 5,
    json_file: JsonFile = None,
) -> None:
    """Kafka to Delta by a bronze-writer, beside the bare limit: consume, and Parquet without Delta."""
    from tidelake.bench.bronze.figures import PEER
    from tidelake.bench.bronze.measure import measure_bronze
    from tidelake.cli.demo.flights import flights

    console = output.console()

    def on_run(nth: int, run: SideBySide) -> None:
        console.print(
            f"  run {nth} of {runs}, {run.payload_bytes} B: {run.records:,} records in "
            f"{run.ours.cpu_seconds:.1f} CPU s, bare limit {run.bare.cpu_seconds:.1f}"
        )

    print_where(console)
    with orderly(console), interruptible() as stop, TickList(console) as ticks:
        sampled = list(islice(flights(), _SAMPLED))
        rows = measure_bronze(sampled, records, runs, watcher=ticks, stop=stop, on_run=on_run)
    _show(
        f"bronze: {records:,} records of 300 B a run, half as many of 1 kB",
        rows,
        f"Peer: {PEER}.",
        json_file,
        console,
    )


def _show(title: str, rows: Sequence[Row], caption: str, json_file: Path | None, console: Console) -> None:
    from tidelake.bench.rows import write_rows
    from tidelake.bench.table import rows_table

    console.print(rows_table(title, rows, caption))
    if json_file:
        write_rows(json_file, rows)
