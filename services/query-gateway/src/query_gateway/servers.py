"""Both servers of the gateway in one event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import structlog
from fastapi import FastAPI
from tidelake.runtime.grpc import grpc_server
from tidelake.runtime.http import serving

from query_gateway.assembly import Gateway
from query_gateway.generated.query_pb2_grpc import add_QueryServiceServicer_to_server
from query_gateway.inbound.http.routes import add_routes
from query_gateway.inbound.rpc.servicer import QueryServicer
from query_gateway.settings import QueryGatewaySettings

log = structlog.get_logger()


@asynccontextmanager
async def open_servers(
    app: FastAPI, gateway: Gateway, settings: QueryGatewaySettings
) -> AsyncGenerator[Callable[[], Awaitable[object]]]:
    """Serves HTTP and gRPC. Yields what closes both at once: nothing new is taken, answers under way end
    first, as long as the drain takes. Raises PortTaken."""
    add_routes(app, gateway.reception)
    servicer = QueryServicer(gateway.reception)
    host, drain = settings.http_host, settings.stop_timeout * 0.7  # the rest is for cancelling
    async with AsyncExitStack() as http, AsyncExitStack() as grpc:
        http_port = await http.enter_async_context(
            serving(app, host, settings.http_port, "QUERY_GATEWAY_HTTP_PORT", drain)
        )
        grpc_port = await grpc.enter_async_context(
            grpc_server(
                gateway.health,
                host,
                settings.grpc_port,
                lambda server: add_QueryServiceServicer_to_server(servicer, server),
                "QUERY_GATEWAY_GRPC_PORT",
                drain,
                max_message_bytes=1024 * 1024,
            )
        )
        log.info("serving", host=host, http_port=http_port, grpc_port=grpc_port)

        async def close() -> None:
            await asyncio.gather(http.aclose(), grpc.aclose())

        yield close
