"""Nothing is read or written before the store has been proved to be one; one that is away, or that says no
until somebody grants it, is waited for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import structlog
from tidelake.runtime.health import Health
from tidelake.runtime.shutdown import StopSignal
from tidelake.tables.errors import StoreRefused, StoreUnavailable

log = structlog.get_logger()

_AGAIN_AFTER = timedelta(seconds=1)


def await_store(
    prove: Callable[[], None], health: Health, stop: StopSignal, again_after: timedelta = _AGAIN_AFTER
) -> bool:
    """True once `prove` has returned; False if a stop was requested before.

    Raises what `prove` raises when the store answers and is none to write to.
    """
    health.set("store", False, "put-if-absent is not proved yet")
    while not stop.requested:
        try:
            prove()
        except (StoreUnavailable, StoreRefused) as away:
            health.set("store", False, str(away))
            log.warning("store_awaited", message=str(away))
            stop.wait(again_after)
        else:
            health.set("store", True)
            return True
    return False
