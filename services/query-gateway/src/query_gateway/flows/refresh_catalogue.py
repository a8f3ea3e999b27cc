"""Reads keys and contracts anew every few seconds, beside the event loop and not on it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import structlog
from tidelake.runtime.clock import Clock
from tidelake.runtime.errors import LakeError
from tidelake.runtime.health import Health

from query_gateway.outbound.catalogue import Catalogue

log = structlog.get_logger()


class Refresher:
    """Reads one of them, in a thread, and keeps its component of the health up to date.

    Not ready until it was read once. Later failures leave the gateway ready with what it knows, as a store
    that is away for a minute must not take every gateway with it; but no longer than keys are valid.
    """

    def __init__(
        self, component: str, refresh: Callable[[], str], catalogue: Catalogue, health: Health, clock: Clock
    ) -> None:
        self._component = component
        self._refresh = refresh
        self._catalogue = catalogue
        self._health = health
        self._clock = clock
        self._read_at: float | None = None
        health.set(component, False, f"{component} are not read yet")

    async def step(self) -> None:
        """Reads once. Does not raise, whatever the store does or holds."""
        try:
            broken = await asyncio.to_thread(self._refresh)
        except LakeError as error:
            log.warning("catalogue_not_read", component=self._component, message=str(error))
            self._not_read(str(error))
        except Exception as error:
            # The edge of this loop: one thing that nobody thought of must not end every gateway at once.
            log.exception("catalogue_not_read", component=self._component)
            self._not_read(repr(error))
        else:
            self._read_at = self._clock.monotonic()
            self._health.set(self._component, True, broken)

    async def run(self, interval: timedelta) -> None:
        """Reads for ever; cancel it to end it."""
        while True:
            await self.step()
            await asyncio.sleep(interval.total_seconds())

    def _not_read(self, why: str) -> None:
        if self._read_at is None:
            self._health.set(
                self._component, False, f"nobody is answered: {self._component} are not read yet: {why}"
            )
            return
        age = round(self._clock.monotonic() - self._read_at)
        closed = self._catalogue.why_closed()
        state = f"nobody is answered: {closed}" if closed else f"using what was read {age} s ago"
        self._health.set(self._component, closed is None, f"{state}: {why}")
