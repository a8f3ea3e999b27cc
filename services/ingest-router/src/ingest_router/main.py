"""Opens the door's engines and runs it: the only place that opens anything."""

from __future__ import annotations

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
from tidelake.streams.kafka_producer import KafkaProducer
from tidelake.streams.kafka_topics import KafkaTopics
from tidelake.tables.storage import LakeStorage, StoreLimits

from ingest_router.assembly import Engines, assemble
from ingest_router.servers import open_servers
from ingest_router.settings import IngestRouterSettings
from ingest_router.stand_by import beside, stand_by
from ingest_router.stop_in_order import stop_in_order

# Short, so that a store or a broker that hangs delays neither a revoked key nor the end of the process.
_STORE_LIMITS = StoreLimits(timedelta(seconds=2), timedelta(seconds=3), timedelta(seconds=3))
_ADMIN_TIMEOUT = timedelta(seconds=2)


async def _run(settings: IngestRouterSettings, stop: StopSignal) -> None:
    clock, release = SystemClock(), version("tidelake-ingest-router")
    bootstrap, name = settings.kafka_bootstrap_servers, settings.instance
    async with AsyncExitStack() as stack:
        telemetry = stack.enter_context(
            start_telemetry("ingest-router", release, name, settings.otlp_endpoint)
        )
        producer = KafkaProducer(
            bootstrap,
            name,
            settings.ack_timeout,
            settings.linger,
            settings.max_record_bytes,
            meter=telemetry.meter,
        )
        stack.callback(producer.close)
        topics = KafkaTopics(bootstrap, name, _ADMIN_TIMEOUT)
        objects = LakeStorage(settings.lake_root, settings.gcs_service_account, _STORE_LIMITS).objects()
        engines = Engines(producer, topics, objects, telemetry.meter, telemetry.tracer, clock)
        door = assemble(settings, engines)
        app = health_app(door.health, telemetry, "Tidelake ingest", release)
        close_servers = await stack.enter_async_context(open_servers(app, door, settings))
        works = await stack.enter_async_context(
            beside(
                door.refresher.keys.run(settings.refresh_interval),
                door.refresher.contracts.run(settings.refresh_interval),
                door.kafka.run(settings.kafka_check_interval),
                door.counts.run(settings.counts_interval),
            )
        )
        failure = await stand_by(stop, works, door.sender.failed)
        deadline = Deadline(settings.stop_timeout, clock)
        await stop_in_order(door, close_servers, producer, deadline, settings.drain_delay, stop)
        if failure is not None:
            raise failure


def run(settings: IngestRouterSettings) -> None:
    """Serves until told to stop."""
    with StopSignal() as stop:
        uvloop.run(_run(settings, stop))


def main() -> None:
    """Console script `ingest-router`."""
    end_process(service_main(IngestRouterSettings, run))
