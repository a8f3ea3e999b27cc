"""Opens the gateway's engines and runs it: the only place that opens anything."""

from __future__ import annotations

import logging
from contextlib import AsyncExitStack
from datetime import timedelta
from importlib.metadata import version

import uvloop
from tidelake.runtime.clock import SystemClock
from tidelake.runtime.ending import end_process
from tidelake.runtime.entry import service_main
from tidelake.runtime.http import health_app
from tidelake.runtime.shutdown import Deadline, StopSignal
from tidelake.runtime.telemetry import start_telemetry
from tidelake.tables.storage import LakeStorage, StoreLimits

from query_gateway.assembly import Engines, assemble
from query_gateway.outbound.trino import Trino
from query_gateway.outbound.trino_login import TrinoToken
from query_gateway.outbound.versions import TableVersions
from query_gateway.servers import open_servers
from query_gateway.settings import QueryGatewaySettings
from query_gateway.stand_by import beside, stand_by
from query_gateway.stop_in_order import stop_in_order

# Short, so that a store that hangs delays neither a revoked key nor the end of the process.
_STORE_LIMITS = StoreLimits(timedelta(seconds=2), timedelta(seconds=3), timedelta(seconds=3))


async def _run(settings: QueryGatewaySettings, stop: StopSignal) -> None:
    clock, release = SystemClock(), version("tidelake-query-gateway")
    async with AsyncExitStack() as stack:
        telemetry = stack.enter_context(
            start_telemetry("query-gateway", release, settings.instance, settings.otlp_endpoint)
        )
        storage = LakeStorage(settings.lake_root, settings.gcs_service_account, _STORE_LIMITS)
        token = TrinoToken(
            settings.trino_jwt_key, settings.trino_jwt_issuer, settings.trino_jwt_audience, clock
        )
        trino = Trino(settings.trino_url, settings.trino_certificate, token, settings.retry_after)
        stack.push_async_callback(trino.close)
        objects = storage.objects()
        versions = TableVersions(storage, objects)
        engines = Engines(trino, versions, objects, telemetry.meter, telemetry.tracer, clock)
        gateway = assemble(settings, engines)
        app = health_app(gateway.health, telemetry, "Tidelake queries", release)
        close_servers = await stack.enter_async_context(open_servers(app, gateway, settings))
        works = await stack.enter_async_context(
            beside(
                gateway.keys.run(settings.refresh_interval),
                gateway.contracts.run(settings.refresh_interval),
                gateway.trino.run(settings.trino_check_interval),
                gateway.reception.sequences.run(),
            )
        )
        failure = await stand_by(stop, works)
        deadline = Deadline(settings.stop_timeout, clock)
        await stop_in_order(gateway, close_servers, deadline, settings.drain_delay, stop)
        if failure is not None:
            raise failure


def run(settings: QueryGatewaySettings) -> None:
    """Serves until told to stop."""
    logging.getLogger("sqlglot").setLevel(logging.ERROR)  # its warnings hold what was asked
    with StopSignal() as stop:
        uvloop.run(_run(settings, stop))


def main() -> None:
    """Console script `query-gateway`."""
    end_process(service_main(QueryGatewaySettings, run))
