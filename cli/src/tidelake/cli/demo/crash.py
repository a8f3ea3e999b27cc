"""Kills a writer in mid-stream, as a crash would, and starts it again while the stream goes on."""

from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

from rich.console import Console
from tidelake.local.stack import Interrupt, Stack

from .phases import phase


class Crash:
    """One SIGKILL after `after` records. A context manager; leaving it waits for the writer to be back.

    Once `interrupt` is requested, it starts nothing any more.
    """

    def __init__(self, stack: Stack, name: str, after: int, console: Console, interrupt: Interrupt) -> None:
        self._stack = stack
        self._name = name
        self._after = after
        self._console = console
        self._interrupt = interrupt
        self._records = 0
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="crash")
        self._back: Future[None] | None = None

    def on_records(self, records: int) -> None:
        """Hears of records that were answered; kills when there are enough."""
        self._records += records
        if self._back is None and self._records >= self._after:
            pid = self._stack.kill(self._name)
            self._console.print(
                f"[red]✗[/] {self._name} (pid {pid}) killed with SIGKILL after {self._records:,} records; "
                "the stream goes on"
            )
            self._back = self._pool.submit(self._start)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._back is not None and not self._back.done():
            with phase(self._console, f"waiting until {self._name} runs again"):
                self._pool.shutdown()
        self._pool.shutdown()
        if self._back is not None and error is None:
            self._back.result()

    def _start(self) -> None:
        self._stack.start(self._name, interrupt=self._interrupt)
        pid = self._stack.records[self._name].pid
        self._console.print(f"[green]✓[/] {self._name} started again (pid {pid})")
