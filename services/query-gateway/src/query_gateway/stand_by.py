"""The life of the process between start and stop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager

from tidelake.runtime.errors import LakeError, Terminal
from tidelake.runtime.http import stop_requested
from tidelake.runtime.shutdown import StopSignal


class CannotGoOn(LakeError, Terminal):
    """A part that the gateway can't do without has ended."""

    def __init__(self, part: str, cause: str) -> None:
        self.part = part
        super().__init__(
            f"The gateway stops because its {part} ended: {cause}. Start it again; if it comes back, the log "
            "says what happened before."
        )


@asynccontextmanager
async def beside(*works: Coroutine[None, None, None]) -> AsyncGenerator[list[asyncio.Task[None]]]:
    """Runs endless works beside the block and ends them with it."""
    tasks = [asyncio.create_task(work, name=work.__qualname__) for work in works]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def stand_by(stop: StopSignal, works: list[asyncio.Task[None]]) -> CannotGoOn | None:
    """Returns when a stop was requested (None), or when the gateway can't go on: what to raise in the end."""
    stopped = asyncio.create_task(stop_requested(stop))
    await asyncio.wait((stopped, *works), return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    for work in works:
        if work.done():
            return CannotGoOn(work.get_name(), repr(work.exception()))
    return None
