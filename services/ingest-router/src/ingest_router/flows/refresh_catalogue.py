"""Reads keys and contracts anew every few seconds, beside the event loop and not on it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import structlog
from tidelake.runtime.clock import Clock
from tidelake.runtime.errors import LakeError
from tidelake.runtime.health import Health

from ingest_router.outbound.catalogue import Catalogue

log = structlog.get_logger()


class CatalogueRefresher:
    """Keeps components `keys` and `contracts` of the health up to date; neither waits for the other.

    Not ready until both were read once. Later failures leave the door ready with what it knows, as a store
    that is away for a minute must not take every door with it; but no longer than keys are valid.
    """

    def __init__(self, catalogue: Catalogue, health: Health, clock: Clock) -> None:
        self.keys = Refresher("keys", catalogue.refresh_keys, catalogue.why_closed, health, clock)
        self.contracts = Refresher("contracts", catalogue.refresh_contracts, _open, health, clock)

    async def step(self) -> None:
        """Reads both once. Does not raise, whatever the store does or holds."""
        await asyncio.gather(self.keys.step(), self.contracts.step())


class Refresher:
    """Reads one of them, in a thread."""

    def __init__(
        self,
        component: str,
        refresh: Callable[[], str],
        why_closed: Callable[[], str | None],
        health: Health,
        clock: Clock,
    ) -> None:
        """`why_closed`: why what was read last must not be used any more."""
        self._component = component
        self._refresh = refresh
        self._why_closed = why_closed
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
            # The edge of this loop: one thing that nobody thought of must not end every door at once.
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
            state = f"nothing is taken: {self._component} are not read yet"
            self._health.set(self._component, False, f"{state}: {why}")
            return
        age = round(self._clock.monotonic() - self._read_at)
        closed = self._why_closed()
        state = f"nothing is taken: {closed}" if closed else f"using what was read {age} s ago"
        self._health.set(self._component, closed is None, f"{state}: {why}")


def _open() -> None:
    """Contracts are never too old."""
