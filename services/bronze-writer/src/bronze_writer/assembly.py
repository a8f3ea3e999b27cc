"""Puts a writer together on engines that are open already: real ones in main, twins in tests."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial

from opentelemetry.metrics import Meter
from tidelake.contracts.announcer import TopicAnnouncer
from tidelake.contracts.reading import read_contracts
from tidelake.contracts.registry import PublishedContracts
from tidelake.runtime.background import start_thread
from tidelake.runtime.clock import Clock
from tidelake.runtime.health import Health
from tidelake.runtime.repeating import attempt, repeating
from tidelake.streams.consumer import Consumer
from tidelake.streams.gaps import GapProver
from tidelake.streams.loop import ConsumerLoop
from tidelake.streams.producer import Producer
from tidelake.streams.topics import Topics
from tidelake.tables.bronze_table import BronzeTables
from tidelake.tables.objects import Objects
from tidelake.tables.row_spans import RowSpans

from bronze_writer.core.datasets import datasets_of
from bronze_writer.flows.observe_lag import observe_lag
from bronze_writer.flows.ports import Guard, Ports
from bronze_writer.inbound.writer import BronzeWriter
from bronze_writer.outbound.metrics import WriterMetrics
from bronze_writer.settings import BronzeWriterSettings


def random_id() -> str:
    """An id that nothing else has."""
    return uuid.uuid4().hex


@dataclass(frozen=True, slots=True)
class Engines:
    """What a writer runs on."""

    consumer: Consumer
    producer: Producer
    topics: Topics
    gap_prover: GapProver
    tables: BronzeTables
    objects: Objects
    meter: Meter
    clock: Clock
    health: Health
    guard: Guard
    in_background: Callable[[Callable[[], None]], None] = start_thread
    new_commit_id: Callable[[], str] = random_id
    spans: RowSpans = field(default_factory=RowSpans)


@dataclass(frozen=True, slots=True)
class Assembled:
    """A writer that is ready to run."""

    writer: BronzeWriter
    loop: ConsumerLoop
    look: Callable[[], None]  # reads contracts and lags once
    looking: Callable[[], ExitStack]  # does so beside the loop while it is open


def assemble(settings: BronzeWriterSettings, engines: Engines) -> Assembled:
    """The writer of these settings. Asks nothing yet."""
    metrics = WriterMetrics(engines.meter)
    ports = Ports(
        consumer=engines.consumer,
        topics=engines.topics,
        gap_prover=engines.gap_prover,
        tables=engines.tables,
        objects=engines.objects,
        announcer=TopicAnnouncer(engines.producer, settings.commits_topic, settings.announce_timeout),
        clock=engines.clock,
        health=engines.health,
        guard=engines.guard,
        metrics=metrics,
        spans=engines.spans,
        new_commit_id=engines.new_commit_id,
        in_background=engines.in_background,
        limits=settings.limits,
    )
    published = PublishedContracts(engines.objects)
    writer = BronzeWriter(ports, partial(datasets_of, published))
    loop = ConsumerLoop(
        consumer=engines.consumer,
        work=writer,
        health=engines.health,
        clock=engines.clock,
        max_records=settings.max_poll_records,
        poll_timeout=settings.poll_timeout,
        stop_timeout=settings.stop_timeout,
    )
    beside = (
        ("contracts", partial(read_contracts, published), settings.contracts_interval),
        (
            "kafka",
            lambda: observe_lag(writer.topics, writer.tokens, engines.topics, metrics),
            settings.lag_interval,
        ),
    )

    def look() -> None:
        for component, action, _ in beside:
            attempt(component, action, engines.health)

    def looking() -> ExitStack:
        with ExitStack() as stack:
            for component, action, every in beside:
                stack.enter_context(repeating(component, action, every, engines.health))
            return stack.pop_all()

    return Assembled(writer, loop, look, looking)
