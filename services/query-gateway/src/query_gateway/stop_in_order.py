"""The end of the process: nothing new, answers under way to their end, the rest cancelled in Trino."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog
from tidelake.runtime.shutdown import Deadline, StopForced, StopSignal

from query_gateway.assembly import Gateway

log = structlog.get_logger()

_LOOK_S = 0.05


async def stop_in_order(
    gateway: Gateway,
    close_servers: Callable[[], Awaitable[object]],
    deadline: Deadline,
    drain_delay: timedelta,
    stop: StopSignal,
) -> None:
    """Not ready, servers closed and drained, what is left cancelled in Trino; all within one deadline. Raises
    StopForced as soon as a second signal came."""
    gateway.health.stopping()
    log.info("stopping")
    desk = gateway.reception.desk
    steps = asyncio.create_task(_steps(close_servers, deadline, drain_delay))
    while not steps.done():
        if stop.forced:
            steps.cancel()
            _cancel_all(gateway)
            raise StopForced
        await asyncio.wait((steps,), timeout=_LOOK_S)
    left = len(desk.open_answers)
    _cancel_all(gateway)
    log.info("drained", cancelled=left, in_time=not deadline.expired)
    await steps


async def _steps(
    close_servers: Callable[[], Awaitable[object]], deadline: Deadline, drain_delay: timedelta
) -> None:
    await asyncio.sleep(drain_delay.total_seconds())
    try:
        async with asyncio.timeout(deadline.remaining().total_seconds()):
            await close_servers()
    except TimeoutError:
        log.warning("servers_not_drained")


def _cancel_all(gateway: Gateway) -> None:
    desk = gateway.reception.desk
    for answer in list(desk.open_answers):
        desk.leave(answer)
