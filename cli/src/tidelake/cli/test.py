"""`lake test`: every check and every test, stage by stage."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from tidelake.cli import output
from tidelake.cli.here import checkout
from tidelake.cli.patience import interruptible
from tidelake.cli.stages import Stage, checks, engine_tests, unit_tests
from tidelake.local.home import Home
from tidelake.local.parts import parts_from_environ
from tidelake.local.process import stop_all
from tidelake.runtime.shutdown import StopSignal

_NO_TEST_COLLECTED = 5


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a stage ended. `none_chosen`: the selection names no test of this kind."""

    stage: Stage
    took_s: float
    ok: bool
    none_chosen: bool = False


def command(
    paths: Annotated[list[str] | None, typer.Argument(help="Only the tests below these paths.")] = None,
    unit: Annotated[bool, typer.Option("--unit", help="Only what needs no engine: within a minute.")] = False,
    expression: Annotated[str, typer.Option("-k", help="Only tests whose name matches, as in pytest.")] = "",
) -> None:
    """Run ruff, import rules, pyright, unit, conformance and system tests.

    With paths or -k, only the tests that these name. With LAKE_PARTS=road, none that needs PostgreSQL,
    metastore, Trino or Spark. Exit code 0 if all is well.
    """
    console = output.console()
    named = ["-k", expression] if expression else []
    selection = [*named, *(str(Path(one).absolute()) for one in paths or [])]
    stages = [
        *([] if selection else checks()[: 3 if unit else None]),
        unit_tests(selection),
        *([] if unit else [engine_tests(selection, parts_from_environ())]),
    ]
    outcomes: list[Outcome] = []
    with interruptible() as stop, ExitStack() as opened:
        environ = dict(os.environ)
        for stage in stages:
            if stage.kafka and "TIDELAKE_TEST_KAFKA" not in environ:
                environ["TIDELAKE_TEST_KAFKA"] = opened.enter_context(_broker(console))
            outcomes.append(_run(stage, environ, stop, console))
            if stop.requested:
                console.print("[yellow]Interrupted.[/yellow]")
                raise typer.Exit(130)
    _report(outcomes, console)
    if not all(one.ok for one in outcomes) or all(one.none_chosen for one in outcomes):
        raise typer.Exit(1)


@contextmanager
def _broker(console: Console) -> Generator[str]:
    """One broker for all suites of this run."""
    from tidelake.local.shared_broker import shared_broker  # with its installation: not for help

    with tempfile.TemporaryDirectory(prefix="tidelake-tests-") as folder:
        home = Home(Path(folder) / "home")
        began = time.monotonic()
        try:
            address = shared_broker(home)
            console.print(f"[green]✓[/green] kafka, one for all suites: {time.monotonic() - began:.1f} s")
            yield address
        finally:
            stop_all(home)


def _run(stage: Stage, environ: dict[str, str], stop: StopSignal, console: Console) -> Outcome:
    console.print(f"\n[bold]▶ {stage.name}[/bold]")
    began = time.monotonic()
    with tempfile.TemporaryFile() as kept:
        output = None if stage.speaks else kept
        # In a session of its own: Ctrl-C reaches it once and from here, not twice.
        process = subprocess.Popen(
            list(stage.command),
            cwd=checkout(),
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        code = _wait(process, stop)
        took_s = time.monotonic() - began
        none_chosen = stage.speaks and code == _NO_TEST_COLLECTED
        ok = code == 0 or none_chosen
        if not ok and not stage.speaks:
            kept.seek(0)
            console.out(kept.read().decode("utf-8", "replace"), end="")
    console.print(f"{_mark(ok)} {stage.name}: {took_s:.1f} s")
    return Outcome(stage, took_s, ok, none_chosen)


def _wait(process: "subprocess.Popen[bytes]", stop: StopSignal) -> int:
    """Its exit code. Asked to stop, it is interrupted as by Ctrl-C; asked twice, killed."""
    while process.poll() is None and not stop.wait(timedelta(milliseconds=100)):
        pass
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)
        while not stop.forced:
            try:
                return process.wait(0.2)
            except subprocess.TimeoutExpired:
                continue
        os.killpg(process.pid, signal.SIGKILL)
    return process.wait()


def _report(outcomes: Sequence[Outcome], console: Console) -> None:
    console.print()
    for one in outcomes:
        remark = "  no test chosen" if one.none_chosen else ""
        console.print(f"{_mark(one.ok)} {one.stage.name:<20} {one.took_s:6.1f} s{remark}")
    console.print(f"  {'together':<20} {sum(one.took_s for one in outcomes):6.1f} s")


def _mark(ok: bool) -> str:
    return "[green]✓[/green]" if ok else "[red]✗[/red]"
