"""Opens the processor's engines and runs it: the only place that opens anything."""

from __future__ import annotations

import uuid
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from importlib.metadata import version

from tidelake.contracts.announcer import TopicAnnouncer
from tidelake.contracts.names import SILVER_SHARES
from tidelake.contracts.reading import read_contracts
from tidelake.contracts.registry import PublishedContracts
from tidelake.runtime.background import start_thread
from tidelake.runtime.clock import SystemClock
from tidelake.runtime.ending import end_process
from tidelake.runtime.entry import service_main
from tidelake.runtime.health import Health
from tidelake.runtime.http import health_app, serve_in_thread
from tidelake.runtime.repeating import attempt, repeating
from tidelake.runtime.shutdown import Deadline, StopSignal
from tidelake.runtime.telemetry import start_telemetry
from tidelake.streams.kafka_consumer import KafkaConsumer
from tidelake.streams.kafka_groups import KafkaGroups
from tidelake.streams.kafka_producer import KafkaProducer
from tidelake.streams.kafka_topics import KafkaTopics
from tidelake.tables.row_spans import RowSpans

from silver_processor.core.datasets import datasets_of
from silver_processor.flows.ports import Ports
from silver_processor.inbound.dataset_stream import DatasetStream, Pace
from silver_processor.inbound.others import Others
from silver_processor.inbound.rehearsal import rehearsal_beside
from silver_processor.inbound.shares import Shares
from silver_processor.inbound.streams import Streams, starting_beside
from silver_processor.inbound.warm_up import warm_up_beside
from silver_processor.outbound.metrics import SilverMetrics
from silver_processor.outbound.spark import spark_options, spark_session
from silver_processor.settings import SilverProcessorSettings

_LOOK_EVERY = timedelta(milliseconds=500)
_HAS_OTHERS_WITHIN = timedelta(seconds=2)


def run(settings: SilverProcessorSettings) -> None:
    """Processes until told to stop."""
    health, clock, release = Health(), SystemClock(), version("tidelake-silver-processor")
    name, storage = settings.instance, settings.storage()
    with ExitStack() as stack:
        stop = stack.enter_context(StopSignal())
        telemetry = stack.enter_context(
            start_telemetry("silver-processor", release, name, settings.otlp_endpoint)
        )
        app = health_app(health, telemetry, "Tidelake silver processor", release)
        stack.enter_context(
            serve_in_thread(app, settings.http_host, settings.http_port, "SILVER_PROCESSOR_HTTP_PORT")
        )
        groups = KafkaGroups(settings.kafka_bootstrap_servers, name, _HAS_OTHERS_WITHIN)
        others = Others(partial(groups.members, settings.group), name)
        health.set("spark", False, "starts once those that work have had the machine for GIVE_WAY")
        way = Deadline(settings.give_way, clock)
        others.wait_while_they_work(stop, until=lambda: way.expired)
        if stop.requested:
            return
        health.set("spark", False, "the session starts")
        options = spark_options(storage, settings.scratch, settings.spark_limits)
        session = stack.enter_context(spark_session(options, settings.spark_start))
        health.set("spark", True)
        producer = KafkaProducer(
            settings.kafka_bootstrap_servers, name, settings.announce_timeout, meter=telemetry.meter
        )
        stack.callback(producer.close)
        metrics = SilverMetrics(telemetry.meter)
        announcer = TopicAnnouncer(producer, settings.commits_topic, settings.announce_timeout)
        spans = RowSpans(telemetry.exported_tracer)
        ports = Ports(announcer, clock, metrics, lambda: uuid.uuid4().hex, start_thread, spans)
        pace = Pace(settings.trigger_ms, settings.max_files_per_batch)
        start = partial(DatasetStream, session=session, storage=storage, ports=ports, pace=pace)
        beside = stack.enter_context(starting_beside())
        streams = Streams(start, beside, settings.first_retry, settings.last_retry, clock, health, metrics)
        published = PublishedContracts(storage.objects())
        read = partial(read_contracts, published)
        attempt("contracts", read, health)
        stack.enter_context(repeating("contracts", read, settings.contracts_interval, health))
        consumer = KafkaConsumer(
            settings.kafka_bootstrap_servers,
            settings.group,
            name,
            settings.session_timeout,
            meter=telemetry.meter,
        )
        topics = KafkaTopics(settings.kafka_bootstrap_servers, name)
        count = partial(topics.partitions, SILVER_SHARES.name)
        shares = Shares(consumer, count, streams.keep, clock, health)
        if settings.warm_up:
            contracts = datasets_of(published)
            if not contracts:
                stack.enter_context(warm_up_beside(session, storage, clock))
            elif others.may_work():
                rehearsal = stack.enter_context(rehearsal_beside(contracts, session, storage, clock))
                others.wait_while_they_work(stop, until=lambda: rehearsal.is_over)
                rehearsal.give_up()  # somebody must work on them
        shares.join()
        stack.callback(consumer.close)  # and only then another one has its datasets
        while not stop.requested:
            shares.step(_LOOK_EVERY)
            streams.step(datasets_of(published), shares.is_mine)
        health.stopping()
        streams.stop(Deadline(settings.stop_timeout, clock))


def main() -> None:
    """Console script `silver-processor`."""
    end_process(service_main(SilverProcessorSettings, run))
