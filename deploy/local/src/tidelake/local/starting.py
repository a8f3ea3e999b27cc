"""Starts processes side by side, each until it can serve; all or none."""

import os
import threading
from collections.abc import Callable, Collection, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

from tidelake.local.home import Home
from tidelake.local.memory import cost_of
from tidelake.local.process import Child, launch, other_settings, stop
from tidelake.local.program import Engine
from tidelake.local.readiness import StartCancelled, wait_until_ready
from tidelake.local.records import ProcessRecord, Records
from tidelake.local.watching import Ready, Watcher

_PATIENCE = timedelta(seconds=60)


class Starter:
    """Remembers what it started, so that `undo` can end exactly that. `abandoned()` True ends all waiting."""

    def __init__(self, home: Home, watcher: Watcher, abandoned: Callable[[], bool]) -> None:
        self._home = home
        self._watcher = watcher
        self._abandoned = abandoned
        self._failed = threading.Event()
        self._started: list[Child] = []

    def start(self, engines: Sequence[Engine], running: Collection[str] = ()) -> None:
        """Returns when all can serve; those that are `running` are only waited for.

        Raises what the first that failed raised, or StartCancelled.
        """
        if not engines:
            return
        with ThreadPoolExecutor(max_workers=len(engines)) as pool:
            starts = [
                pool.submit(self._await if engine.name in running else self._start, engine)
                for engine in engines
            ]
        errors = [error for one in starts if (error := one.exception())]
        if errors and self._abandoned():
            # Ctrl-C may reach a child too, before it has a session of its own: its end is then no failure.
            raise StartCancelled("The start was given up.") from errors[0]
        # The one that failed tells more than those that were given up because of it.
        for error in sorted(errors, key=lambda one: isinstance(one, StartCancelled)):
            raise error

    def undo(self, force: Callable[[], bool]) -> None:
        """Ends what was started, the latest first."""
        for child in reversed(self._started):
            self._watcher.stopping(child.record.name)
            orderly = stop(child.record, self._home, force)
            child.handle.wait()
            self._watcher.stopped(child.record.name, orderly)
        self._started.clear()

    def _start(self, engine: Engine) -> None:
        with self._failing_all():
            self._watcher.starting(engine.name)
            program = engine.prepare()
            if self.given_up():
                raise StartCancelled(f"{engine.name} was not started any more.")
            self._watcher.starting(engine.name)  # what was told of the preparation is over
            child = launch(engine, program, self._home)
            self._started.append(child)
            took = wait_until_ready(engine, child.outcome, self._home, program.start_timeout, self.given_up)
            self._tell(child.record, took)

    def _await(self, engine: Engine) -> None:
        record = Records(self._home.run).find(engine.name)
        with self._failing_all():
            if record is None:
                raise StartCancelled(f"{engine.name} was stopped by another command.")
            wait_until_ready(engine, lambda: _outcome(record), self._home, _PATIENCE, self.given_up)
            self._tell(record, None)

    def _tell(self, record: ProcessRecord, took: timedelta | None) -> None:
        cost = cost_of(record.pid)
        unheeded = other_settings(record, os.environ)
        self._watcher.ready(Ready(record.name, took, cost.pss_bytes if cost else 0, record.remark, unheeded))

    @contextmanager
    def _failing_all(self) -> Generator[None]:
        """One that fails makes the others stop waiting."""
        try:
            yield
        except BaseException:
            self._failed.set()
            raise

    def given_up(self) -> bool:
        """Whether nobody waits any more: one has failed, or whoever asked has lost patience."""
        return self._failed.is_set() or self._abandoned()


def _outcome(record: ProcessRecord) -> str | None:
    return None if record.alive else "it ran before and ended meanwhile."
