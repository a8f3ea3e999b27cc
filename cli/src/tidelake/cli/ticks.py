"""The tick list: a line for each step that is done, and what is under way below it.

On a terminal that moves; elsewhere a line is written every few seconds, so that nobody takes it for dead.
"""

import threading
import time
from datetime import timedelta
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from tidelake.local.watching import Ready

_SIGN_EVERY = timedelta(seconds=5)


class TickList:
    """Shows the steps of the stack; a context manager. Any thread may tell it of one."""

    def __init__(self, console: Console, sign_every: timedelta = _SIGN_EVERY) -> None:
        self._console = console
        self._sign_every_s = sign_every.total_seconds()
        self._left = threading.Event()
        self._under_way: dict[str, tuple[float, str]] = {}  # since when, and doing what
        # What is done is printed above these; where there is no terminal, only that is written.
        self._live = Progress(
            SpinnerColumn(),
            TextColumn("{task.description:<18}"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[doing]}"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}
        self._lock = threading.Lock()  # one process is told of by who starts it and who downloads for it

    def __enter__(self) -> Self:
        self._live.start()
        if not self._console.is_terminal:
            threading.Thread(target=self._give_signs_of_life, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._left.set()
        self._live.stop()

    def starting(self, name: str) -> None:
        """A process is about to be started."""
        self._show(name, "")

    def doing(self, name: str, what: str) -> None:
        """Something that takes a while."""
        self._show(name, what)
        if not self._console.is_terminal:
            self._console.print(f"… {name:<18} {what}")

    def downloaded(self, name: str, read_bytes: int, total_bytes: int) -> None:
        """How far the downloads of `name` are."""
        if read_bytes >= total_bytes:
            self._forget(name)  # not each of them has a process of its own name, which would be ready
            return
        self._show(name, f"downloaded {read_bytes / 1e6:.1f} of {total_bytes / 1e6:.1f} MB")

    def ready(self, ready: Ready) -> None:
        """It can serve."""
        took = "runs" if ready.took is None else f"{ready.took.total_seconds():.1f} s"
        self._done(ready.name, f"{took:>7}  {ready.pss_bytes / 1e6:5.0f} MB  [dim]{ready.remark}[/dim]")
        if ready.unheeded:
            self._console.print(
                f"  [yellow]{ready.name} runs without what is set now: {', '.join(ready.unheeded)}. "
                "What runs is left as it is; for that to count: ./lake down, then ./lake up.[/yellow]"
            )

    def stopping(self, name: str) -> None:
        """It was asked to end."""
        self._show(name, "is asked to stop")

    def stopped(self, name: str, orderly: bool) -> None:
        """It is gone."""
        self._done(name, "stopped" if orderly else "[yellow]did not stop in time and was killed[/yellow]")

    def _give_signs_of_life(self) -> None:
        while not self._left.wait(self._sign_every_s):
            now = time.monotonic()
            for name, (since, doing) in list(self._under_way.items()):
                if now - since >= self._sign_every_s:
                    self._console.print(f"… {name:<18} {now - since:5.0f} s  {doing or 'starting'}")

    def _show(self, name: str, doing: str) -> None:
        since, _ = self._under_way.get(name, (time.monotonic(), ""))
        self._under_way[name] = since, doing
        with self._lock:
            if name in self._tasks:
                self._live.update(self._tasks[name], doing=doing)
            else:
                self._tasks[name] = self._live.add_task(name, total=None, doing=doing)

    def _done(self, name: str, text: str) -> None:
        self._forget(name)
        self._console.print(f"[green]✓[/green] {name:<18} {text}")

    def _forget(self, name: str) -> None:
        self._under_way.pop(name, None)
        with self._lock:
            if (task := self._tasks.pop(name, None)) is not None:
                self._live.remove_task(task)
