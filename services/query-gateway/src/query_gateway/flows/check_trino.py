"""Asks Trino again and again, in an application's name, so that /readyz tells whether it answers."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog
from tidelake.runtime.health import Health

from query_gateway.core.refusals import QuestionRefused
from query_gateway.core.rules import USER_PREFIX
from query_gateway.outbound.trino import Trino

log = structlog.get_logger()

# No role's: it reads no table, and nobody has a key for it.
_USER = f"{USER_PREFIX}.check"
_TIMEOUT = timedelta(seconds=10)
_WHILE_AWAY = timedelta(seconds=1)


class TrinoCheck:
    """Keeps component `trino` of the health up to date."""

    def __init__(self, trino: Trino, health: Health) -> None:
        self._trino = trino
        self._health = health
        self._answers = False
        health.set("trino", False, "not asked yet")

    async def step(self) -> None:
        """Asks once. Does not raise, whatever Trino does."""
        try:
            async with asyncio.timeout(_TIMEOUT.total_seconds()):
                statement = await self._trino.start("SELECT 1", _USER, _TIMEOUT, {})
                statement.begun()
                while not statement.done:
                    await statement.step()
        except (QuestionRefused, TimeoutError) as error:
            why = str(error) or f"no answer within {_TIMEOUT.total_seconds():g} s"
            if self._answers:
                log.warning("trino_unwell", message=why)
            self._answers = False
            self._health.set("trino", False, why)
            return
        if not self._answers:
            log.info("trino_answers")
        self._answers = True
        self._health.set("trino", True)

    async def run(self, interval: timedelta) -> None:
        """Asks for ever; cancel it to end it."""
        while True:
            await self.step()
            await asyncio.sleep((interval if self._answers else _WHILE_AWAY).total_seconds())
