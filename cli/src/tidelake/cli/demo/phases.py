"""What is under way: a bar on a terminal, a line at the beginning and every few seconds everywhere else."""

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from typing import Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

EVERY = timedelta(seconds=3)


class Move(Protocol):
    """Moves the progress to `done`, and its end to `new_total`."""

    def __call__(self, done: int, new_total: int | None = None) -> None: ...


@contextmanager
def phase(console: Console, what: str, total: int | None = None, every: timedelta = EVERY) -> Generator[Move]:
    """Shows `what` while the block runs. Without `total`, or until moved, only how long it takes."""
    shown = _bar(console, what, total) if console.is_terminal else _lines(console, what, total, every)
    with shown as move:
        yield move


@contextmanager
def told(console: Console, what: str, every: timedelta = EVERY) -> Generator[None]:
    """As `phase` for a block that shows a bar of its own on a terminal."""
    with nullcontext() if console.is_terminal else _lines(console, what, None, every):
        yield


@contextmanager
def _bar(console: Console, what: str, total: int | None) -> Generator[Move]:
    """Gone at its end."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        *(() if total is None else (BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"))),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(what, total=total, rate="")

        def move(done: int, new_total: int | None = None) -> None:
            speed = progress.tasks[0].speed
            rate = f"{speed:,.0f}/s" if speed else ""
            progress.update(task, completed=done, total=new_total, rate=rate)

        yield move


@contextmanager
def _lines(console: Console, what: str, total: int | None, every: timedelta) -> Generator[Move]:
    began, over = time.monotonic(), threading.Event()
    reached: tuple[int, int] | None = None

    def move(done: int, new_total: int | None = None) -> None:
        nonlocal reached
        end = new_total or total
        reached = None if end is None else (done, end)

    def tell() -> None:
        while not over.wait(every.total_seconds()):
            far = "" if reached is None else f" {reached[0]:,} of {reached[1]:,},"
            console.print(f"… {what}:{far} {time.monotonic() - began:.0f} s")

    console.print(f"… {what}")
    teller = threading.Thread(target=tell, name="teller", daemon=True)
    teller.start()
    try:
        yield move
    finally:
        over.set()
        teller.join()
