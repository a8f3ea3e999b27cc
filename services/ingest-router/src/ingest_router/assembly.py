"""Puts the door together around the engines that it is given; opens nothing itself."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta

from opentelemetry.metrics import Meter
from opentelemetry.trace import Tracer
from tidelake.runtime.clock import Clock
from tidelake.runtime.health import Health
from tidelake.streams.producer import Producer
from tidelake.streams.topics import Topics
from tidelake.tables.objects import Objects

from ingest_router.core.inflight import InFlight
from ingest_router.core.tally import Tally
from ingest_router.flows.accept_events import Intake
from ingest_router.flows.publish_counts import CountsPublisher
from ingest_router.flows.refresh_catalogue import CatalogueRefresher
from ingest_router.inbound.reception import Reception
from ingest_router.inbound.tracing import RequestTracing
from ingest_router.metrics import DoorMetrics, observe_door
from ingest_router.outbound.catalogue import Catalogue
from ingest_router.outbound.kafka_check import KafkaCheck
from ingest_router.outbound.kafka_sender import KafkaSender
from ingest_router.settings import IngestRouterSettings

# The producer gives up after ack_timeout; by then its answers for the other records are worth waiting for.
_ANSWER_GRACE = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Engines:
    """What the door works with; in tests their twins in memory."""

    producer: Producer
    topics: Topics
    objects: Objects
    meter: Meter
    tracer: Tracer
    clock: Clock


@dataclass(frozen=True, slots=True)
class Door:
    """The parts that something outside drives: servers, endless works, the stop."""

    reception: Reception
    health: Health
    refresher: CatalogueRefresher
    kafka: KafkaCheck
    counts: CountsPublisher
    sender: KafkaSender
    tally: Tally


def assemble(settings: IngestRouterSettings, engines: Engines) -> Door:
    """A door that has read nothing yet: not ready until its refresher and its Kafka check took a step."""
    clock, health, tally = engines.clock, Health(), Tally()
    sender = KafkaSender(engines.producer, clock, settings.slow_after, settings.ack_timeout + _ANSWER_GRACE)
    kafka = KafkaCheck(engines.topics, health, settings.counts_topic)
    catalogue = Catalogue(engines.objects, clock, settings.keys_valid_for)
    refresher = CatalogueRefresher(catalogue, health, clock)
    counts = CountsPublisher(tally, sender, settings.counts_topic, settings.instance, uuid.uuid4().hex, clock)
    metrics, in_flight = DoorMetrics(engines.meter), InFlight(settings.max_in_flight_bytes)
    observe_door(engines.meter, tally.counts, lambda: in_flight.taken, counts.unpublished)
    tracing = RequestTracing(engines.tracer, always=settings.otlp_endpoint is not None)
    intake = Intake(catalogue, sender, kafka, tally, settings.limits, settings.retry_after, clock, metrics)
    open_calls, body_timeout = InFlight(settings.max_open_calls), settings.body_timeout
    reception = Reception(intake, in_flight, open_calls, metrics, tracing, clock, body_timeout)
    return Door(reception, health, refresher, kafka, counts, sender, tally)
