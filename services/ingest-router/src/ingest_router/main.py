"""Wires the door together and runs it: the only place that opens anything."""

from __future__ import annotations

import sys
import uuid
from contextlib import AsyncExitStack
from datetime import timedelta
from importlib.metadata import version

import uvloop
from tidelake.runtime.clock import SystemClock
from tidelake.runtime.entry import service_main
from tidelake.runtime.health import Health
from tidelake.runtime.http import health_app
from tidelake.runtime.shutdown import Deadline, StopSignal
from tidelake.runtime.telemetry import start_telemetry
from tidelake.streams.kafka_producer import KafkaProducer
from tidelake.streams.kafka_topics import KafkaTopics
from tidelake.tables.storage import LakeStorage, StoreLimits

from ingest_router.core.inflight import InFlight
from ingest_router.core.tally import Tally
from ingest_router.flows.accept_events import Intake
from ingest_router.flows.publish_counts import CountsPublisher
from ingest_router.flows.refresh_catalogue import CatalogueRefresher
from ingest_router.flows.stand_by import beside, stand_by
from ingest_router.flows.stop_in_order import stop_in_order
from ingest_router.inbound.reception import Reception
from ingest_router.inbound.servers import open_servers
from ingest_router.inbound.tracing import RequestTracing
from ingest_router.metrics import DoorMetrics, observe_door
from ingest_router.outbound.catalogue import Catalogue
from ingest_router.outbound.kafka_check import KafkaCheck
from ingest_router.outbound.kafka_sender import KafkaSender
from ingest_router.settings import IngestRouterSettings

# Short, so that a store that hangs delays neither a revoked key nor the end of the process.
_STORE_LIMITS = StoreLimits(timedelta(seconds=2), timedelta(seconds=3), timedelta(seconds=3))
_ADMIN_TIMEOUT = timedelta(seconds=2)
# The producer gives up after ack_timeout; by then its answers for the other records are worth waiting for.
_ANSWER_GRACE = timedelta(seconds=2)


async def _run(s: IngestRouterSettings, stop: StopSignal) -> None:
    clock, health, release = SystemClock(), Health(), version("tidelake-ingest-router")
    async with AsyncExitStack() as stack:
        telemetry = stack.enter_context(
            start_telemetry("ingest-router", release, s.instance, s.otlp_endpoint)
        )
        kafka, meter = s.kafka_bootstrap_servers, telemetry.meter
        producer = KafkaProducer(kafka, s.instance, s.ack_timeout, s.linger, s.max_record_bytes, meter=meter)
        stack.callback(producer.close)
        sender = KafkaSender(producer, clock, s.slow_after, s.ack_timeout + _ANSWER_GRACE)
        check = KafkaCheck(KafkaTopics(kafka, s.instance, _ADMIN_TIMEOUT), health, s.counts_topic)
        catalogue = Catalogue(LakeStorage(s.lake_root, s.gcs_service_account, _STORE_LIMITS).objects())
        refresher = CatalogueRefresher(catalogue, health, clock)
        tally, in_flight, metrics = Tally(), InFlight(s.max_in_flight_bytes), DoorMetrics(meter)
        counts = CountsPublisher(tally, sender, s.counts_topic, s.instance, uuid.uuid4().hex, clock)
        observe_door(meter, tally.counts, lambda: in_flight.taken, counts.unpublished)
        tracing = RequestTracing(telemetry.tracer, always=s.otlp_endpoint is not None)
        intake = Intake(catalogue, sender, check, tally, s.limits, s.retry_after, clock, metrics)
        reception = Reception(intake, in_flight, metrics, tracing, clock, s.body_timeout)
        app = health_app(health, telemetry, "Tidelake ingest", release)
        close_servers = await stack.enter_async_context(open_servers(app, reception, health, s))
        keeping = refresher.run(s.refresh_interval), check.run(s.kafka_check_interval)
        works = await stack.enter_async_context(beside(*keeping, counts.run(s.counts_interval)))
        failure = await stand_by(stop, works, sender.failed)
        deadline = Deadline(s.stop_timeout, clock)
        await stop_in_order(health, close_servers, intake, counts, producer, deadline, s.drain_delay, stop)
        if failure is not None:
            raise failure


def run(settings: IngestRouterSettings) -> None:
    """Serves until told to stop."""
    with StopSignal() as stop:
        uvloop.run(_run(settings, stop))


def main() -> None:
    """Console script `ingest-router`."""
    sys.exit(service_main(IngestRouterSettings, run))
