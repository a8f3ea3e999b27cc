"""Waits until a started process can serve, and notices at once when it can't any more."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from tidelake.local.home import Home
from tidelake.local.logfiles import last_lines
from tidelake.local.program import Engine
from tidelake.runtime.errors import LakeError, Terminal

_ASK_EVERY_S = 0.1


class StartFailed(LakeError, Terminal):
    """A process ended early or did not become ready."""

    def __init__(self, name: str, reason: str, log: Path) -> None:
        tail = "\n".join(f"  {line}" for line in last_lines(log, 20))
        shown = f"The end of its log ({log}):\n{tail}" if tail else f"It wrote nothing to {log}."
        super().__init__(f"{name} did not start: {reason} {shown}")
        self.name = name
        self.log = log


class StartCancelled(LakeError):
    """Nobody waits for this start any more."""


def wait_until_ready(
    engine: Engine,
    outcome: Callable[[], str | None],
    home: Home,
    within: timedelta,
    abandoned: Callable[[], bool] = lambda: False,
) -> timedelta:
    """How long it took. `outcome()` says how the process ended, None while it runs.

    Raises StartFailed as soon as the process is gone or when its time is over, StartCancelled when
    `abandoned()` says that nobody waits any more.
    """
    began = time.monotonic()
    log, never = home.log(engine.name), threading.Event()
    while (reason := engine.unready()) is not None:
        if ended := outcome():
            raise StartFailed(engine.name, ended, log)
        if abandoned():
            raise StartCancelled(f"The start of {engine.name} was given up.")
        if time.monotonic() - began > within.total_seconds():
            late = f"it runs but was not ready within {within.total_seconds():.0f} s: {reason}."
            raise StartFailed(engine.name, late, log)
        never.wait(_ASK_EVERY_S)
    # Something else may have answered on the port while the process itself died of finding it taken.
    if ended := outcome():
        raise StartFailed(engine.name, ended, log)
    return timedelta(seconds=time.monotonic() - began)
