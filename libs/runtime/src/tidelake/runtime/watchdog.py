"""Ends the process when a call that cannot be cancelled does not come back."""

import os
import sys
import threading
import traceback
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import timedelta

import structlog
from tidelake.runtime.health import Health

EXIT_OVERRUN = 70

log = structlog.get_logger()


class Watchdog:
    """Guards blocking calls of this process; no call in it outlives its timeout."""

    def __init__(self, health: Health, exit_process: Callable[[int], None] = os._exit) -> None:
        self._health = health
        self._exit = exit_process

    @contextmanager
    def guard(
        self, name: str, timeout: timedelta, not_ready_after: timedelta | None = None
    ) -> Generator[None]:
        """Runs the block; after `not_ready_after` in it the process is not ready (component `name`) until it
        returns; after `timeout` in it /livez fails, the stack is logged, and the process ends with 70."""
        thread = threading.get_ident()
        timers = [threading.Timer(timeout.total_seconds(), self._overrun, (name, timeout, thread))]
        if not_ready_after is not None:
            timers.append(
                threading.Timer(not_ready_after.total_seconds(), self._slow, (name, not_ready_after))
            )
        for timer in timers:
            timer.daemon = True
            timer.start()
        try:
            yield
        finally:
            for timer in timers:
                timer.cancel()
            if not_ready_after is not None:
                # Waits for a verdict that is just being given, so that it cannot outlive the call.
                timers[1].join()
                self._health.forget(name)

    def _slow(self, name: str, after: timedelta) -> None:
        self._health.set(name, False, f"has not returned for {after.total_seconds():g} s")

    def _overrun(self, name: str, timeout: timedelta, thread: int) -> None:
        seconds = timeout.total_seconds()
        self._health.dead(f"{name} did not return within {seconds:g} s")
        frame = sys._current_frames().get(thread)  # pyright: ignore[reportPrivateUsage]
        stack = "".join(traceback.format_stack(frame)) if frame else ""
        log.critical(
            "deadline_overrun", call=name, timeout_seconds=seconds, stack=stack, exit_code=EXIT_OVERRUN
        )
        sys.stdout.flush()
        self._exit(EXIT_OVERRUN)
