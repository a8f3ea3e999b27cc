"""Kills a service in mid-stream, as a crash would, and starts it again while the stream goes on."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from datetime import timedelta
from types import TracebackType
from typing import Self

from rich.console import Console
from tidelake.local.stack import Interrupt, Stack
from tidelake.runtime.clock import SystemClock
from tidelake.runtime.shutdown import Deadline

from .phases import phase

_LOOK_EVERY_S = 0.3


class Crash:
    """One SIGKILL as soon as `when` is true. A context manager; leaving it waits for the service to be back.

    If it is not true yet by then, that is waited for as long as `patience`, and then nothing is killed. Once
    `interrupt` is requested, it starts nothing any more. `quiet`: that it waits is not shown, because another
    thread shows what is under way.
    """

    def __init__(
        self,
        stack: Stack,
        name: str,
        when: Callable[[], bool],
        console: Console,
        interrupt: Interrupt,
        patience: timedelta = timedelta(0),
        *,
        quiet: bool = False,
    ) -> None:
        self._stack = stack
        self._name = name
        self._when = when
        self._console = console
        self._interrupt = interrupt
        self._patience = patience
        self._quiet = quiet
        self._over = threading.Event()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="crash")
        self._back: Future[None] | None = None

    def __enter__(self) -> Self:
        self._back = self._pool.submit(self._crash)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._back is not None, "it was entered"
        if error is None and not self._back.done():
            what = f"waiting until {self._name} was killed and runs again"
            with nullcontext() if self._quiet else phase(self._console, what):
                late = Deadline(self._patience, SystemClock())
                while not self._back.done() and not late.expired and not self._interrupt.requested:
                    threading.Event().wait(_LOOK_EVERY_S)
                self._over.set()
                self._pool.shutdown()
        self._over.set()
        self._pool.shutdown()
        if error is None:
            self._back.result()

    def _crash(self) -> None:
        while not self._when():
            if self._over.wait(_LOOK_EVERY_S):
                return
        pid = self._stack.kill(self._name)
        self._console.print(
            f"[red]✗[/] {self._name} (pid {pid}) killed with SIGKILL in mid-stream; the stream goes on"
        )
        self._stack.start(self._name, interrupt=self._interrupt)
        pid = self._stack.records[self._name].pid
        self._console.print(f"[green]✓[/] {self._name} started again (pid {pid})")
