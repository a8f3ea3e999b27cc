"""Work beside a loop: short, repeated, and never in its way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import timedelta

import structlog
from tidelake.runtime.errors import LakeError
from tidelake.runtime.health import Health

log = structlog.get_logger()


@contextmanager
def repeating(
    component: str, action: Callable[[], object], every: timedelta, health: Health
) -> Generator[None]:
    """Calls `action` every so often in a thread of its own while the context is open. What goes wrong with it
    is `component`'s health until it goes well again."""
    stopped = threading.Event()

    def repeat() -> None:
        while not stopped.wait(every.total_seconds()):
            attempt(component, action, health)

    thread = threading.Thread(target=repeat, name=component, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join(timeout=1)  # one that waits for a store or a broker is left behind


def attempt(component: str, action: Callable[[], object], health: Health) -> None:
    """Calls it once. A text that it returns is for the person who reads /readyz."""
    try:
        said = action()
    except LakeError as cause:
        log.warning("beside_failed", component=component, error=type(cause).__name__, reason=str(cause))
        health.set(component, False, str(cause))
    except Exception as cause:
        # The edge of this thread's loop: it must not end silently, and what it looks after grow old.
        log.exception("beside_failed", component=component)
        health.set(component, False, repr(cause))
    else:
        health.set(component, True, said if isinstance(said, str) else "")
