"""Kills processes of the stack and starts again whatever does not run, as an init system would."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from tidelake.bench.soak.plan import Plan
from tidelake.local.readiness import StartCancelled
from tidelake.local.stack import NotRunning, Stack
from tidelake.runtime.errors import LakeError
from tidelake.runtime.shutdown import StopSignal

_LOOK_EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class Start:
    """A process that did not run was started again. Unix seconds."""

    name: str
    at: float
    ready: float | None  # None: it did not come up, and is started once more
    why: str  # empty if it was killed by the soak


@dataclass(frozen=True, slots=True)
class Kill:
    """One SIGKILL. Unix seconds."""

    name: str
    at: float


class Keeper:
    """While it is entered: one kill after the other when it is due, and the stack is kept running.

    The stack starts one process at a time, so a kill waits until all that was killed before can serve again:
    what would happen otherwise depends on who holds the stack's lock, and not on the lake.
    """

    def __init__(
        self,
        stack: Stack,
        plan: Plan,
        stop: StopSignal,
        tell: Callable[[str], None],
    ) -> None:
        self._stack = stack
        self._all = stack.names
        self._plan = plan
        self._names = plan.names()
        self._stop = stop
        self._tell = tell
        self._began: float | None = None
        self._over = threading.Event()
        self._starting = threading.Event()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="keeper")
        self._running: Future[None] | None = None
        self._mine: set[str] = set()  # killed, and not started again yet
        self.kills: list[Kill] = []
        self.starts: list[Start] = []

    def __enter__(self) -> Self:
        self._running = self._pool.submit(self._work)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._pool.shutdown()

    def begin(self, began: float) -> None:
        """Kills from now on, as planned."""
        self._began = began

    def check(self) -> None:
        """Raises what ended it before its time."""
        if self._running is not None and self._running.done():
            self._running.result()

    @property
    def all_run(self) -> bool:
        """Whether everything was ready when it was started last, and lives."""
        return not self._starting.is_set() and not self._dead()

    @property
    def requested(self) -> bool:
        """Whether a start is to be given up."""
        return self._over.is_set() or self._stop.requested

    @property
    def forced(self) -> bool:
        """Whether what a start that is given up leaves is to be ended at once."""
        return self._stop.forced

    def _work(self) -> None:
        # Somebody asked to stop, and hears of it from the bench's own thread.
        with suppress(StartCancelled):
            while not self._over.wait(_LOOK_EVERY_S):
                for name in self._dead():
                    self._starting.set()
                    self._start(name)
                    self._starting.clear()
                if not self._over.is_set():
                    self._kill_if_due()

    def _dead(self) -> list[str]:
        """In the order in which they need each other."""
        records = self._stack.records
        return [name for name in self._all if not (name in records and records[name].alive)]

    def _kill_if_due(self) -> None:
        if self._began is None:
            return
        due = self._plan.next_kill(self._began, self.kills[-1].at if self.kills else None)
        if due is None or time.time() < due or self._dead():
            return
        name = next(self._names)
        try:
            pid = self._stack.kill(name)
        except NotRunning:  # it has ended by itself a moment ago, and is started again first
            return
        self._mine.add(name)
        self.kills.append(Kill(name, time.time()))
        self._tell(f"killed {name} (pid {pid})")

    def _start(self, name: str) -> None:
        why = "" if name in self._mine else "it ended by itself"
        if why:
            self._tell(f"{name} ended by itself")
        at = time.time()
        try:
            self._stack.start(name, interrupt=self)
        except StartCancelled:
            raise
        except LakeError as error:  # the report says so, and it is started once more
            self.starts.append(Start(name, at, None, str(error)))
            self._tell(f"{name} did not come up: {str(error).splitlines()[0]}")
            return
        self.starts.append(Start(name, at, time.time(), why))
        self._mine.discard(name)
        self._tell(f"{name} serves again after {time.time() - at:.1f} s")
