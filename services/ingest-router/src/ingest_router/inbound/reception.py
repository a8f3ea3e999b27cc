"""What HTTP and gRPC share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from tidelake.runtime.clock import Clock

from ingest_router.core.inflight import InFlight
from ingest_router.flows.accept_events import Intake
from ingest_router.inbound.tracing import RequestTracing
from ingest_router.metrics import DoorMetrics


@dataclass(frozen=True, slots=True)
class Reception:
    """The flow, and what is kept of each request on its way to it."""

    intake: Intake
    in_flight: InFlight  # bytes
    open_calls: InFlight  # gRPC calls
    metrics: DoorMetrics
    tracing: RequestTracing
    clock: Clock
    body_timeout: timedelta
