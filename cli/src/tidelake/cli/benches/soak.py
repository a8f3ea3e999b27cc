"""`lake bench soak`: the whole stack under load for long, while its processes are killed."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from tidelake.cli import output
from tidelake.cli.benches.orderly import connection_to, orderly, print_where
from tidelake.cli.patience import interruptible
from tidelake.cli.ticks import TickList
from tidelake.runtime.shutdown import StopSignal

if TYPE_CHECKING:
    from tidelake.bench.soak.sources import Inputs
    from tidelake.local.stack import Stack

_LARGEST_SEED = 1_000_000


def soak(
    minutes: Annotated[float, typer.Option(min=1, help="How long it is killed.")] = 15,
    seed: Annotated[
        int | None, typer.Option(help="Who is killed, in which order; default: one that is told.")
    ] = None,
    rate: Annotated[
        int,
        typer.Option(
            min=50,
            help="Writes a second over all three sources: three in five are events by the door, one is a log "
            "line, one a change of a row.",
        ),
    ] = 500,
    every: Annotated[
        float, typer.Option(min=10, help="Seconds from one kill to the next, and to recover within.")
    ] = 30,
    fresh: Annotated[
        float | None,
        typer.Option(min=1, help="What counts as fresh, in seconds; default: each contract's freshness."),
    ] = None,
    warm_up: Annotated[
        float,
        typer.Option(min=0, help="Seconds at most in which silver may catch up before the minutes begin."),
    ] = 240,
    kill: Annotated[
        list[str] | None,
        typer.Option(help="Kill only this process; may be given again. Default: all that can be."),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help="Where report, plots and logs go; default: soak-SEED in this folder.",
            file_okay=False,
        ),
    ] = None,
) -> None:
    """All services and engines under a steady load on all three sources, on a stack of its own, while a
    random one gets SIGKILL every 30 s; what does not run is started again.

    At the end all that was acknowledged must be in silver or explained there, by its identity; the ledger
    must balance; freshness must have recovered within 30 s of each kill, counted from when a write was due;
    memory must level off and nothing on disk grow ever faster (both judged from 10 minutes on). Exit code 0
    if all of it holds, else 1. Kills begin once the lake is fresh; each waits until the one before is mended.
    """
    from tidelake.bench.soak.files import write_report
    from tidelake.bench.soak.plan import KILLABLE, Plan, split
    from tidelake.bench.soak.run import Surroundings
    from tidelake.bench.soak.run import soak as run_soak

    if unknown := sorted(set(kill or ()) - set(KILLABLE)):
        raise typer.BadParameter(
            f"{', '.join(unknown)} can't be killed here; {', '.join(KILLABLE)} can", param_hint="--kill"
        )
    console = output.console()
    seed = random.randrange(_LARGEST_SEED) if seed is None else seed
    folder = folder or Path(f"soak-{seed}")
    folder.mkdir(parents=True, exist_ok=True)  # before anything is started: it may not be allowed
    plan = Plan(
        seconds=minutes * 60,
        seed=seed,
        load=split(rate),
        killed=tuple(kill or KILLABLE),
        kill_every_s=every,
        recovers_within_s=every,
        fresh_s=fresh,
        warm_up_s=warm_up,
    )
    print_where(console)
    console.print(f"{minutes:g} min, {rate} writes/s, a kill every {every:g} s, --seed {seed}")
    began = time.monotonic()

    def tell(what: str) -> None:
        console.print(f"{time.monotonic() - began:6.0f} s  {what}", markup=False, highlight=False)

    with orderly(console), interruptible() as stop, TickList(console) as ticks:
        report = run_soak(
            plan,
            Surroundings(
                lambda stack: _inputs(stack, console, stop),
                lambda stack: _audit(stack, console),
                lambda stack: _keep_logs(stack, folder),
                tell,
            ),
            ticks,
            stop,
        )
    from tidelake.cli.benches.soak_screen import print_soak

    files = write_report(folder, report)
    print_soak(report, console)
    console.print(f"Written to {folder}: {', '.join(file.name for file in files)}, logs")
    if not report.holds:
        raise typer.Exit(1)


def _inputs(stack: Stack, console: Console, stop: StopSignal) -> Inputs:
    from tidelake.bench.soak.sources import Inputs
    from tidelake.cli.benches.rounds import endless_flights, endless_lines
    from tidelake.cli.benches.sources import apply_sources, plane_changes
    from tidelake.cli.demo.source_tables import DATABASE
    from tidelake.cli.demo.weather_lines import STREAM

    applied = apply_sources(stack, console, stop, lines=True, changes=True)
    assert applied.lines is not None, "it was wanted"
    assert applied.changes is not None, "it was wanted, and the stack has its sources"
    return Inputs(
        (applied.events, endless_flights()),
        (applied.lines, endless_lines()),
        (applied.changes, plane_changes(stack)),
        STREAM,
        DATABASE,
    )


def _audit(stack: Stack, console: Console) -> Mapping[str, str]:
    """The verdict on each dataset and on the log lines, as `lake audit` has it, shown as it shows it."""
    from tidelake.cli.audit import audit, audit_lines, chosen
    from tidelake.cli.ledger.log_report import print_lines
    from tidelake.cli.ledger.report import print_balance
    from tidelake.contracts.names import LOGS_INBOUND

    connection = connection_to(stack)
    found: dict[str, str] = {}
    for published in chosen(connection, []):
        balance = audit(connection, published, console)
        print_balance(balance, console)
        found[balance.address] = str(balance.verdict)
    if (lines := audit_lines(connection, console)) is not None:
        print_lines(lines, console)
        found[LOGS_INBOUND.name] = str(lines.verdict)
    return found


def _keep_logs(stack: Stack, folder: Path) -> None:
    """The stack's folder goes with it; its logs are what explains a finding."""
    kept = folder / "logs"
    shutil.rmtree(kept, ignore_errors=True)
    if stack.home.logs.exists():
        shutil.copytree(stack.home.logs, kept)
    (folder / "ended-at").write_text(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}\n", encoding="utf-8")
