"""A bench's way into its own stack, and its end when somebody presses Ctrl-C."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from tidelake.cli.connection import Connection, Sources
from tidelake.local.parts import SOURCES
from tidelake.local.readiness import StartCancelled

if TYPE_CHECKING:
    from tidelake.local.stack import Stack

EXIT_INTERRUPTED = 130


def connection_to(stack: Stack) -> Connection:
    """To the lake of a bench's stack."""
    lake = stack.lake
    return Connection(
        lake.lake_root,
        lake.service_account,
        lake.kafka_bootstrap_servers,
        stack.router_url,
        trino=stack.trino if "trino" in stack.names else None,
        sources=Sources(stack.connect_url, stack.home.sources) if SOURCES in stack.parts else None,
        log_router_url=f"http://127.0.0.1:{stack.ports.log_router}",
    )


@contextmanager
def orderly(console: Console) -> Generator[None]:
    """Says so when the bench was interrupted, and exits."""
    from tidelake.bench.errors import BenchInterrupted
    from tidelake.cli.publication.waiting import WaitInterrupted

    try:
        yield
    except (BenchInterrupted, StartCancelled, WaitInterrupted):
        console.print("Interrupted: everything that the bench had started is stopped.", style="yellow")
        raise typer.Exit(EXIT_INTERRUPTED) from None


def print_where(console: Console) -> None:
    """The machine, the day, and how busy it is."""
    from tidelake.bench.machine import load_average, this_machine

    console.print(f"{this_machine()}, {datetime.now(UTC):%Y-%m-%d}, load average {load_average():.2f}")
