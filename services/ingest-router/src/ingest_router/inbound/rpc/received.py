"""Messages as they came, and how they become batches: only when they are known to be small enough."""

from __future__ import annotations

from dataclasses import dataclass

from google.protobuf.message import DecodeError
from tidelake.streams.values import Headers

from ingest_router.core import refusals
from ingest_router.core.limits import Limits
from ingest_router.flows.accept_events import Batch
from ingest_router.generated import ingest_pb2 as pb
from ingest_router.inbound.rpc.wire import BrokenMessage, Span, more_records_than, open_envelope


@dataclass(frozen=True, slots=True)
class Received:
    """One batch, serialised."""

    message: bytes
    batches: tuple[Span, ...]  # where in it the batch stands
    enveloped: bool  # a PublishStreamRequest, else a PublishRequest
    batch_id: str = ""
    broken: str | None = None  # why its envelope can't be opened

    @property
    def batch_bytes(self) -> int:
        return sum(end - start for start, end in self.batches)


def received_alone(message: bytes) -> Received:
    """What a call of Publish brings."""
    return Received(message, ((0, len(message)),), enveloped=False)


def received_in_stream(message: bytes) -> Received:
    """One message of PublishStream."""
    try:
        envelope = open_envelope(message)
    except BrokenMessage as error:
        return Received(message, (), enveloped=True, broken=str(error))
    return Received(message, envelope.batches, enveloped=True, batch_id=envelope.batch_id)


def read_batch(received: Received, limits: Limits, trace_headers: Headers) -> tuple[str, Batch]:
    """The dataset's address and the records. Raises RequestRefused."""
    try:
        if received.broken is not None:
            raise refusals.broken_message(received.broken)
        limit = limits.max_records_per_request
        if more_records_than(limit, received.message, received.batches):
            raise refusals.too_many_records(limit)
        if received.enveloped:
            request = pb.PublishStreamRequest.FromString(received.message).batch
        else:
            request = pb.PublishRequest.FromString(received.message)
    except (BrokenMessage, DecodeError) as error:
        raise refusals.broken_message(str(error)) from error
    batch = Batch(
        records=[record.value for record in request.records],
        ids=[record.id or None for record in request.records],
        idempotency_key=request.idempotency_key or None,
        trace_headers=trace_headers,
    )
    return request.dataset, batch
