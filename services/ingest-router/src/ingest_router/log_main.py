"""Opens the log-router's engines and runs one worker: the only place that opens them."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import AsyncExitStack
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

from tidelake.runtime.clock import SystemClock
from tidelake.runtime.ending import end_process
from tidelake.runtime.entry import service_main
from tidelake.runtime.health import Health
from tidelake.runtime.http import health_app, serving, stop_requested
from tidelake.runtime.shutdown import StopSignal
from tidelake.runtime.telemetry import start_telemetry
from tidelake.streams.kafka_gaps import KafkaGapProver
from tidelake.streams.kafka_producer import KafkaProducer
from tidelake.streams.kafka_topics import KafkaTopics
from tidelake.tables.storage import LakeStorage, StoreLimits

from ingest_router.core.log_progress import Progress
from ingest_router.flows.inbound_log import InboundLog
from ingest_router.flows.refresh_catalogue import Refresher
from ingest_router.flows.route_lines import LineRouter
from ingest_router.flows.take_lines import Gaps, LineIntake
from ingest_router.flows.watch_partitions import PartitionWatch
from ingest_router.inbound.followed import add_followed
from ingest_router.inbound.log_worker import LogWorker
from ingest_router.log_metrics import LineMetrics, observe_lag
from ingest_router.log_settings import LogRouterSettings
from ingest_router.outbound.kafka_sender import KafkaSender
from ingest_router.outbound.log_routes import LogRoutes
from ingest_router.stand_by import beside

_STORE_LIMITS = StoreLimits(timedelta(seconds=2), timedelta(seconds=3), timedelta(seconds=3))
_ADMIN_TIMEOUT = timedelta(seconds=2)
_ANSWER_GRACE = timedelta(seconds=2)  # for the producer's answers after its own timeout


async def _run(settings: LogRouterSettings, stop: StopSignal) -> None:
    clock, health, release = SystemClock(), Health(), version("tidelake-ingest-router")
    kafka, name = settings.kafka_bootstrap_servers, settings.instance
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="log-router-")))
        telemetry = stack.enter_context(start_telemetry("log-router", release, name, settings.otlp_endpoint))
        topics = KafkaTopics(kafka, name, _ADMIN_TIMEOUT)
        objects = LakeStorage(settings.lake_root, settings.gcs_service_account, _STORE_LIMITS).objects()
        routes = LogRoutes(objects, topics)
        app = health_app(health, telemetry, "Tidelake log router", release)
        add_followed(app, routes.version)
        await stack.enter_async_context(
            serving(app, settings.http_host, settings.http_port, "LOG_ROUTER_HTTP_PORT", timedelta(seconds=2))
        )
        meter, size = telemetry.meter, settings.max_line_bytes
        producer = KafkaProducer(kafka, name, settings.ack_timeout, max_record_bytes=size, meter=meter)
        stack.callback(producer.close)
        prover = KafkaGapProver(kafka, name, max_record_bytes=size, meter=meter)
        stack.callback(prover.close)
        metrics = LineMetrics(meter)
        refresher = Refresher("routes", routes.refresh, _never_too_old, health, clock)
        sender = KafkaSender(producer, clock, settings.ack_timeout, settings.ack_timeout + _ANSWER_GRACE)
        router = LineRouter(routes.now, sender, size, settings.retry_after, metrics)
        stopped = asyncio.create_task(stop_requested(stop))
        stack.callback(stopped.cancel)
        while not routes.known:
            await refresher.step()
            if not routes.known:
                await asyncio.wait((stopped,), timeout=settings.refresh_interval.total_seconds())
            if stopped.done():
                return
        worker = LogWorker(
            kafka,
            settings.group,
            name,
            settings.session_timeout,
            settings.batch_lines,
            settings.batch_wait,
            folder,
        )
        progress, gaps = Progress(), Gaps(topics, prover, metrics)
        inbound = InboundLog(topics, routes.now().inbound_topic_id, settings.retry_after)
        watch = PartitionWatch(
            worker, progress, gaps, inbound, router, topics, health, clock, settings.stall_timeout
        )
        observe_lag(meter, watch.lags)
        await worker.start(LineIntake(router, progress, gaps, inbound, worker, clock))
        works = await stack.enter_async_context(
            beside(refresher.run(settings.refresh_interval), watch.run(settings.check_interval))
        )
        await asyncio.wait((stopped, worker.failed, *works), return_when=asyncio.FIRST_COMPLETED)
        health.stopping()
        await worker.stop(settings.stop_timeout / 3)
        for ended in (worker.failed, *works):
            if ended.done():
                ended.result()


def _never_too_old() -> None:
    """Routes that can't be read anew are used on: lines of new streams then wait as dead letters."""


def run(settings: LogRouterSettings) -> None:
    """Routes until told to stop."""
    with StopSignal() as stop:
        asyncio.run(_run(settings, stop))


def main() -> None:
    """Console script `log-router`."""
    end_process(service_main(LogRouterSettings, run))
