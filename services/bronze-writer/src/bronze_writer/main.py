"""Opens the writer's engines and runs it: the only place that opens anything."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from importlib.metadata import version

from tidelake.runtime.clock import SystemClock
from tidelake.runtime.ending import end_process
from tidelake.runtime.entry import service_main
from tidelake.runtime.health import Health
from tidelake.runtime.http import health_app, serve_in_thread
from tidelake.runtime.shutdown import StopSignal
from tidelake.runtime.telemetry import start_telemetry
from tidelake.runtime.watchdog import Watchdog
from tidelake.streams.kafka_consumer import KafkaConsumer
from tidelake.streams.kafka_gaps import KafkaGapProver
from tidelake.streams.kafka_producer import KafkaProducer
from tidelake.streams.kafka_topics import KafkaTopics
from tidelake.tables.delta_bronze import DeltaBronzeTables
from tidelake.tables.probe import prove_put_if_absent
from tidelake.tables.row_spans import RowSpans

from bronze_writer.assembly import Engines, assemble, random_id
from bronze_writer.core.columns import record_batch
from bronze_writer.flows.await_store import await_store
from bronze_writer.settings import BronzeWriterSettings

_NOT_READY_AFTER = timedelta(seconds=5)
"""A call to the store that takes so long makes the writer not ready until it returns."""


def run(settings: BronzeWriterSettings) -> None:
    """Writes until told to stop."""
    health, release = Health(), version("tidelake-bronze-writer")
    kafka, name = settings.kafka_bootstrap_servers, settings.instance
    with ExitStack() as stack:
        stop = stack.enter_context(StopSignal())
        telemetry = stack.enter_context(
            start_telemetry("bronze-writer", release, name, settings.otlp_endpoint)
        )
        app = health_app(health, telemetry, "Tidelake bronze writer", release)
        stack.enter_context(
            serve_in_thread(app, settings.http_host, settings.http_port, "BRONZE_WRITER_HTTP_PORT")
        )
        storage = settings.storage()
        objects = storage.objects()
        if not await_store(lambda: prove_put_if_absent(storage, objects, random_id()), health, stop):
            return
        producer = KafkaProducer(kafka, name, settings.announce_timeout, meter=telemetry.meter)
        stack.callback(producer.close)
        consumer = KafkaConsumer(
            kafka,
            settings.group,
            name,
            settings.session_timeout,
            settings.max_poll_interval,
            settings.max_record_bytes,
            meter=telemetry.meter,
        )
        topics, tables = KafkaTopics(kafka, name), DeltaBronzeTables(storage)
        gap_prover = KafkaGapProver(
            kafka, name, max_record_bytes=settings.max_record_bytes, meter=telemetry.meter
        )
        stack.callback(gap_prover.close)
        guard = partial(
            Watchdog(health).guard, timeout=settings.commit_deadline, not_ready_after=_NOT_READY_AFTER
        )
        engines = Engines(
            consumer,
            producer,
            topics,
            gap_prover,
            tables,
            objects,
            telemetry.meter,
            SystemClock(),
            health,
            guard,
            spans=RowSpans(telemetry.exported_tracer),
        )
        record_batch(())  # pyarrow imports half of itself with its first array: not with the first record
        assembled = assemble(settings, engines)
        assembled.look()
        stack.enter_context(assembled.looking())
        assembled.loop.run(stop)


def main() -> None:
    """Console script `bronze-writer`."""
    end_process(service_main(BronzeWriterSettings, run))
