"""Puts the gateway together around the engines that it is given; opens nothing itself."""

from __future__ import annotations

from dataclasses import dataclass

from opentelemetry.metrics import Meter
from opentelemetry.trace import Tracer
from tidelake.runtime.clock import Clock
from tidelake.runtime.health import Health
from tidelake.tables.objects import Objects

from query_gateway.flows.ask import Desk
from query_gateway.flows.check_trino import TrinoCheck
from query_gateway.flows.page_sequences import PageSequences
from query_gateway.flows.refresh_catalogue import Refresher
from query_gateway.inbound.reception import Reception
from query_gateway.inbound.tracing import RequestTracing
from query_gateway.metrics import GatewayMetrics, observe_gateway
from query_gateway.outbound.catalogue import Catalogue
from query_gateway.outbound.trino import Trino
from query_gateway.outbound.versions import TableVersions
from query_gateway.settings import QueryGatewaySettings


@dataclass(frozen=True, slots=True)
class Engines:
    """What the gateway works with."""

    trino: Trino
    versions: TableVersions
    objects: Objects
    meter: Meter
    tracer: Tracer
    clock: Clock


@dataclass(frozen=True, slots=True)
class Gateway:
    """The parts that something outside drives: servers, endless works, the stop."""

    reception: Reception
    health: Health
    keys: Refresher
    contracts: Refresher
    trino: TrinoCheck


def assemble(settings: QueryGatewaySettings, engines: Engines) -> Gateway:
    """A gateway that has read nothing yet: not ready until its refreshers and its Trino check took a step."""
    clock, health = engines.clock, Health()
    catalogue = Catalogue(engines.objects, clock, settings.keys_valid_for, settings.access_rules)
    desk = Desk(
        catalogue,
        engines.versions,
        engines.trino,
        settings.limits,
        clock,
        settings.retry_after,
        GatewayMetrics(engines.meter),
    )
    observe_gateway(engines.meter, lambda: len(desk.open_answers))
    sequences = PageSequences(desk, clock, settings.idle_timeout)
    tracing = RequestTracing(engines.tracer, always=settings.otlp_endpoint is not None)
    return Gateway(
        Reception(desk, sequences, tracing),
        health,
        Refresher("keys", catalogue.refresh_keys, catalogue, health, clock),
        Refresher("contracts", catalogue.refresh_contracts, catalogue, health, clock),
        TrinoCheck(engines.trino, health),
    )
