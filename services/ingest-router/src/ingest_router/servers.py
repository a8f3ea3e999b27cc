"""Both servers of the door in one event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import structlog
from fastapi import FastAPI
from tidelake.runtime.grpc import grpc_server
from tidelake.runtime.http import serving

from ingest_router.assembly import Door
from ingest_router.inbound.http.routes import add_routes
from ingest_router.inbound.rpc.servicer import IngestServicer, add_ingest_service
from ingest_router.settings import IngestRouterSettings

log = structlog.get_logger()


@asynccontextmanager
async def open_servers(
    app: FastAPI, door: Door, settings: IngestRouterSettings
) -> AsyncGenerator[Callable[[], Awaitable[object]]]:
    """Serves HTTP and gRPC. Yields what closes both at once: nothing new is taken, calls under way end first.
    Raises PortTaken."""
    add_routes(app, door.reception)
    servicer = IngestServicer(door.reception)
    host, drain = settings.http_host, settings.stop_timeout * 0.8  # the rest is for counts and flush
    async with AsyncExitStack() as http, AsyncExitStack() as grpc:
        http_port = await http.enter_async_context(
            serving(app, host, settings.http_port, "INGEST_ROUTER_HTTP_PORT", drain, answers_half_closed=True)
        )
        grpc_port = await grpc.enter_async_context(
            grpc_server(
                door.health,
                host,
                settings.grpc_port,
                lambda server: add_ingest_service(servicer, server),
                "INGEST_ROUTER_GRPC_PORT",
                drain,
                # By a record more than a batch may have, so that the answer to one a little too large is the
                # door's own.
                max_message_bytes=settings.max_body_bytes + settings.max_record_bytes,
            )
        )
        log.info("serving", host=host, http_port=http_port, grpc_port=grpc_port)

        async def close() -> None:
            servicer.stop()
            await asyncio.gather(http.aclose(), grpc.aclose())

        yield close
