"""Opens the monitor's engines and runs it: the only place that opens anything."""

from __future__ import annotations

from contextlib import AsyncExitStack
from datetime import timedelta
from importlib.metadata import version

import uvloop
from tidelake.ledger.group_reader import GroupReader
from tidelake.runtime.clock import SystemClock
from tidelake.runtime.ending import end_process
from tidelake.runtime.entry import service_main
from tidelake.runtime.http import health_app, stop_requested
from tidelake.runtime.repeating import repeating
from tidelake.runtime.shutdown import StopSignal
from tidelake.runtime.telemetry import start_telemetry
from tidelake.streams.kafka_producer import KafkaProducer
from tidelake.streams.kafka_topics import KafkaTopics
from tidelake.tables.storage import LakeStorage

from monitor.assembly import Engines, Monitor
from monitor.outbound.commit_feed import CommitFeed
from monitor.outbound.connect import ConnectReader
from monitor.outbound.process_reader import ProcessReader
from monitor.outbound.webhook import Webhook
from monitor.servers import open_servers
from monitor.settings import MonitorSettings

_SOON = timedelta(milliseconds=500)


async def _run(settings: MonitorSettings, stop: StopSignal) -> None:
    clock, release, bootstrap = SystemClock(), version("tidelake-monitor"), settings.kafka_bootstrap_servers
    async with AsyncExitStack() as stack:
        telemetry = stack.enter_context(
            start_telemetry("monitor", release, settings.instance, settings.otlp_endpoint)
        )
        storage = LakeStorage(settings.lake_root, settings.gcs_service_account)
        producer = KafkaProducer(bootstrap, "monitor", meter=telemetry.meter)
        stack.callback(producer.close)
        feed = CommitFeed(
            bootstrap, (settings.bronze_commits_topic, settings.silver_commits_topic), settings.window
        )
        processes = ProcessReader(clock)
        page = f"http://{settings.http_host}:{settings.http_port}/"
        receiver = (
            Webhook(settings.webhook_url, page, settings.webhook_timeout) if settings.webhook_url else None
        )
        topics = KafkaTopics(bootstrap, "monitor")
        log_router = stack.enter_context(GroupReader(bootstrap, settings.log_router_group))
        engines = Engines(
            storage=storage,
            objects=storage.objects(),
            topics=topics,
            producer=producer,
            feed=feed,
            processes=processes,
            connect=ConnectReader(settings.connect_url) if settings.connect_url else None,
            receiver=receiver,
            log_router=log_router,
            meter=telemetry.meter,
            clock=clock,
        )
        monitor = Monitor(settings, engines)
        app = health_app(monitor.health, telemetry, "Tidelake's condition", release)
        await stack.enter_async_context(open_servers(app, monitor, settings))
        for name, action, every in (
            ("contracts", monitor.read_contracts, settings.contracts_interval),
            ("commits", monitor.follower.step, _SOON),
            ("processes", monitor.look_at_processes, settings.process_interval),
            ("lake", monitor.watch.step, settings.look_interval),
            ("webhook", monitor.desk.deliver, _SOON),
            ("tables", monitor.keep_history, min(settings.tables_interval / 4, settings.look_interval)),
        ):
            stack.enter_context(repeating(name, action, every, monitor.health))
        await stop_requested(stop)
        monitor.health.stopping()


def run(settings: MonitorSettings) -> None:
    """Watches until told to stop."""
    with StopSignal() as stop:
        uvloop.run(_run(settings, stop))


def main() -> None:
    """Console script `monitor`."""
    end_process(service_main(MonitorSettings, run))
