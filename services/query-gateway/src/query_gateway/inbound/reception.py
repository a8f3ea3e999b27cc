"""What HTTP and gRPC share."""

from __future__ import annotations

from dataclasses import dataclass

from query_gateway.flows.ask import Desk
from query_gateway.flows.page_sequences import PageSequences
from query_gateway.inbound.tracing import RequestTracing


@dataclass(frozen=True, slots=True)
class Reception:
    """The flows, and what measures them."""

    desk: Desk
    sequences: PageSequences
    tracing: RequestTracing
