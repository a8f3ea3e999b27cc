"""gRPC Watch: each new picture, whole, until the caller goes away."""

from __future__ import annotations

import asyncio
from typing import Any

import grpc
from tidelake.runtime.health import Health

from monitor.core.picture import Picture
from monitor.flows.board import Board
from monitor.generated import monitor_pb2 as pb
from monitor.generated import monitor_pb2_grpc
from monitor.inbound.rpc.messages import condition_message

_LOOK_S = 0.2


class MonitorServicer(monitor_pb2_grpc.MonitorServiceServicer):
    """Answers the calls of the service."""

    def __init__(self, board: Board, health: Health, max_watchers: int) -> None:
        self._board = board
        self._health = health
        self._watchers_left = max_watchers

    async def Watch(  # noqa: N802  # pyright: ignore[reportIncompatibleMethodOverride]
        self, request: pb.WatchRequest, context: Any
    ) -> None:
        """No generator, so that a cancelled call ends here and now."""
        if self._watchers_left == 0:
            await context.abort(
                grpc.StatusCode.RESOURCE_EXHAUSTED, "Too many watch already; try again later."
            )
        if self._board.picture is None:
            await context.abort(
                grpc.StatusCode.UNAVAILABLE,
                "The lake is looked at for the first time; try again in a moment.",
            )
        self._watchers_left -= 1
        shown: Picture | None = None
        try:
            while not self._health.report()["stopping"]:
                picture = self._board.picture
                if picture is not None and picture is not shown:
                    await context.write(condition_message(picture, request.dataset))
                    shown = picture
                await asyncio.sleep(_LOOK_S)
        finally:
            self._watchers_left += 1
        await context.abort(grpc.StatusCode.UNAVAILABLE, "The monitor stops; watch again in a moment.")
