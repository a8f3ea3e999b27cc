"""Reads keys and contracts anew every few seconds, beside the event loop and not on it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog
from tidelake.runtime.clock import Clock
from tidelake.runtime.errors import LakeError
from tidelake.runtime.health import Health

from ingest_router.outbound.catalogue import Catalogue

log = structlog.get_logger()


class CatalogueRefresher:
    """Keeps component `contracts` of the health up to date.

    Not ready until keys and contracts were read once. Later failures leave the door ready with what it knows,
    as a store that is away for a minute must not take every door with it; but no longer than keys are valid.
    """

    def __init__(self, catalogue: Catalogue, health: Health, clock: Clock) -> None:
        self._catalogue = catalogue
        self._health = health
        self._clock = clock
        self._read_at = clock.monotonic()
        health.set("contracts", False, "keys and contracts are not read yet")

    async def step(self) -> None:
        """Reads once. Does not raise, whatever the store does or holds."""
        try:
            await asyncio.to_thread(self._catalogue.refresh)
        except LakeError as error:
            log.warning("catalogue_not_read", message=str(error))
            self._not_read(str(error))
        except Exception as error:
            # The edge of this loop: one thing that nobody thought of must not end every door at once.
            log.exception("catalogue_not_read")
            self._not_read(repr(error))
        else:
            self._read_at = self._clock.monotonic()
            self._health.set("contracts", True)

    def _not_read(self, why: str) -> None:
        age = round(self._clock.monotonic() - self._read_at)
        closed = self._catalogue.why_closed()
        state = f"nothing is taken: {closed}" if closed else f"using what was read {age} s ago"
        self._health.set("contracts", closed is None, f"{state}: {why}")

    async def run(self, interval: timedelta) -> None:
        """Reads for ever; cancel it to end it."""
        while True:
            await self.step()
            await asyncio.sleep(interval.total_seconds())
