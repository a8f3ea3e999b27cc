"""gRPC of a service: a server in this event loop, with the standard health service."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, cast

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from tidelake.runtime.health import Health
from tidelake.runtime.ports import listen

_WATCH_INTERVAL_S = 0.5
# Generated without types.
_add_health = cast(Callable[..., None], vars(health_pb2_grpc)["add_HealthServicer_to_server"])


@asynccontextmanager
async def grpc_server(
    health: Health,
    host: str,
    port: int,
    add_servicers: Callable[[grpc.aio.Server], None],
    setting: str = "the gRPC port",
    stop_timeout: timedelta = timedelta(seconds=30),
    max_message_bytes: int = 4 * 1024 * 1024,
    max_rpcs: int = 1000,
) -> AsyncGenerator[int]:
    """Serves gRPC while the context is open; leaving it refuses new calls and lets those under way finish, at
    most `stop_timeout`. Reflection is off. Yields the port. Raises PortTaken naming `setting`.

    A message of more than `max_message_bytes` and a call beyond `max_rpcs` get RESOURCE_EXHAUSTED by gRPC
    itself. Health's watchers take a tenth of them at most.
    """
    # gRPC's own message does not say what failed, so the port is tried first.
    with listen(host, port, setting) as probe:
        bound = int(probe.getsockname()[1])
    server = grpc.aio.server(
        options=[
            ("grpc.so_reuseport", 0),
            ("grpc.max_receive_message_length", max_message_bytes),
            # An answer that can't be sent is lost after the work was done.
            ("grpc.max_send_message_length", -1),
            ("grpc.max_concurrent_streams", max_rpcs),  # of one connection
        ],
        maximum_concurrent_rpcs=max_rpcs,
    )
    add_servicers(server)
    _add_health(_HealthServicer(health, max_watchers=max(1, max_rpcs // 10)), server)
    address = f"[{host}]:{bound}" if ":" in host else f"{host}:{bound}"
    server.add_insecure_port(address)
    await server.start()
    try:
        yield bound
    finally:
        await server.stop(stop_timeout.total_seconds())


class _HealthServicer(health_pb2_grpc.HealthServicer):
    """grpc.health.v1.Health, answering for every service name what /readyz answers."""

    def __init__(self, health: Health, max_watchers: int) -> None:
        self._health = health
        self._watchers_left = max_watchers

    async def Check(  # noqa: N802
        self,
        request: Any,  # noqa: ARG002
        context: Any,  # noqa: ARG002
    ) -> health_pb2.HealthCheckResponse:
        return self._answer()

    async def Watch(  # noqa: N802
        self,
        request: Any,  # noqa: ARG002
        context: Any,
    ) -> None:
        if self._watchers_left == 0:
            await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "Too many watch already; ask Check.")
        self._watchers_left -= 1
        try:
            last = None
            while True:
                answer = self._answer()
                if answer.status != last:
                    last = answer.status
                    await context.write(answer)
                await asyncio.sleep(_WATCH_INTERVAL_S)
        finally:
            self._watchers_left += 1

    def _answer(self) -> health_pb2.HealthCheckResponse:
        status = health_pb2.HealthCheckResponse
        return status(status=status.SERVING if self._health.ready() else status.NOT_SERVING)
