"""Both servers of the monitor in one event loop."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import structlog
from fastapi import FastAPI
from tidelake.runtime.grpc import grpc_server
from tidelake.runtime.http import serving

from monitor.assembly import Monitor
from monitor.generated.monitor_pb2_grpc import add_MonitorServiceServicer_to_server
from monitor.inbound.http.routes import add_routes
from monitor.inbound.rpc.servicer import MonitorServicer
from monitor.settings import MonitorSettings

log = structlog.get_logger()


@asynccontextmanager
async def open_servers(app: FastAPI, monitor: Monitor, settings: MonitorSettings) -> AsyncGenerator[None]:
    """Serves page, health and metrics by HTTP, and Watch by gRPC, while the context is open. Raises
    PortTaken."""
    add_routes(app, monitor.board)
    servicer = MonitorServicer(monitor.board, monitor.health, settings.max_watchers)
    host, drain = settings.http_host, settings.stop_timeout / 4
    async with (
        serving(app, host, settings.http_port, "MONITOR_HTTP_PORT", drain) as http_port,
        grpc_server(
            monitor.health,
            host,
            settings.grpc_port,
            lambda server: add_MonitorServiceServicer_to_server(servicer, server),
            "MONITOR_GRPC_PORT",
            drain,
            max_message_bytes=64 * 1024,
        ) as grpc_port,
    ):
        log.info("serving", host=host, http_port=http_port, grpc_port=grpc_port)
        yield
