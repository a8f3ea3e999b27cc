"""The end of the process: nothing new, what is under way to its end, the last counts, and then nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog
from tidelake.runtime.errors import LakeError, Terminal
from tidelake.runtime.shutdown import Deadline, StopSignal
from tidelake.streams.producer import Producer

from ingest_router.assembly import Door

log = structlog.get_logger()

_LOOK_S = 0.05
_LAST_WORDS_S = 0.5  # for the answers of those who wait, after a second signal
_SHARE_OF_KAFKA = 0.6  # of the deadline; the servers then have time to send the answers


class StopForced(LakeError, Terminal):
    """A second signal came while the first was obeyed."""

    def __init__(self) -> None:
        super().__init__(
            "The door was told twice to stop and ended at once. Senders without an answer must send again "
            "with the same ids; up to a second of counts is not published."
        )


async def stop_in_order(
    door: Door,
    close_servers: Callable[[], Awaitable[object]],
    producer: Producer,
    deadline: Deadline,
    drain_delay: timedelta,
    stop: StopSignal,
) -> None:
    """Not ready, servers closed and drained, counts published, producer flushed; all within one deadline.
    Raises StopForced as soon as a second signal came."""
    door.health.stopping()
    log.info("stopping")
    steps = asyncio.create_task(_steps(door, close_servers, producer, deadline, drain_delay))
    while not steps.done():
        if stop.forced:
            door.sender.give_up()
            await asyncio.wait((steps,), timeout=_LAST_WORDS_S)
            steps.cancel()
            raise StopForced
        await asyncio.wait((steps,), timeout=_LOOK_S)
    await steps


async def _steps(
    door: Door,
    close_servers: Callable[[], Awaitable[object]],
    producer: Producer,
    deadline: Deadline,
    drain_delay: timedelta,
) -> None:
    await asyncio.sleep(drain_delay.total_seconds())
    patience = _SHARE_OF_KAFKA * deadline.remaining().total_seconds()
    asyncio.get_running_loop().call_later(patience, door.sender.give_up)
    try:
        async with asyncio.timeout(deadline.remaining().total_seconds()):
            await asyncio.gather(door.reception.intake.drain(), close_servers())
            published = await door.counts.step(final=True)
    except TimeoutError:
        published = False
    left = await asyncio.to_thread(producer.flush, deadline.remaining())
    log.info("drained", counts_published=published, records_left=left, in_time=not deadline.expired)
