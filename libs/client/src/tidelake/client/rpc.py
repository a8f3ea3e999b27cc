"""Sends events to the lake over gRPC: the same receipts and errors as over HTTP, no retries of its own."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from types import TracebackType
from typing import Any, Self, cast

import grpc
from google.rpc import status_pb2  # pyright: ignore[reportMissingTypeStubs]
from tidelake.client.batches import Record, encoded
from tidelake.client.errors import IngestError, MaybeKept, NothingTaken, Problem, RequestRefused
from tidelake.client.generated import ingest_pb2 as pb
from tidelake.client.generated.ingest_pb2_grpc import IngestServiceStub
from tidelake.client.receipts import BrokenRule, Receipt, Receipts

_DETAILS = "grpc-status-details-bin"
_HTTP_STATUS = {
    grpc.StatusCode.INVALID_ARGUMENT: 400,
    grpc.StatusCode.UNAUTHENTICATED: 401,
    grpc.StatusCode.PERMISSION_DENIED: 403,
    grpc.StatusCode.NOT_FOUND: 404,
    grpc.StatusCode.RESOURCE_EXHAUSTED: 429,
    grpc.StatusCode.UNAVAILABLE: 503,
}
_CODES = {int(cast("tuple[int, str]", code.value)[0]): code for code in grpc.StatusCode}


class GrpcIngestClient:
    """A sender with one API key over one channel. Threads may share it."""

    def __init__(
        self,
        target: str,
        api_key: str,
        *,
        timeout: timedelta = timedelta(seconds=30),
        max_bytes: int = 16 * 1024 * 1024,
    ) -> None:
        """`target` is the door's gRPC address, such as 127.0.0.1:18101. Connects at the first call."""
        options = [
            ("grpc.max_receive_message_length", max_bytes),
            ("grpc.max_send_message_length", max_bytes),
        ]
        self._channel = grpc.insecure_channel(target, options=options)
        self._stub = IngestServiceStub(self._channel)
        self._metadata = (("authorization", f"Bearer {api_key}"),)
        self._timeout_s = timeout.total_seconds()

    def publish(
        self, dataset: str, records: Sequence[Record], *, idempotency_key: str | None = None
    ) -> Receipts:
        """Sends one batch once; returns the receipts if at least one record was accepted.

        Raises RequestRefused (also when no record was accepted), NothingTaken, MaybeKept.
        """
        key = idempotency_key or str(uuid.uuid4())
        try:
            response = self._stub.Publish(
                _request(dataset, records, key), timeout=self._timeout_s, metadata=self._metadata
            )
        except grpc.RpcError as error:
            raise _too_large(error) or _call_error(error, key) from error
        return _receipts(response)

    def publish_stream(
        self, dataset: str, batches: Iterable[Sequence[Record]]
    ) -> Iterator[Receipts | IngestError]:
        """Sends batches through one stream; yields an answer for each, in their order. A batch that fails is
        yielded as its error and does not end the stream. Raises what ends the stream as a whole."""
        keys: list[str] = []

        def requests() -> Iterator[pb.PublishStreamRequest]:
            for records in batches:
                keys.append(str(uuid.uuid4()))
                yield pb.PublishStreamRequest(batch=_request(dataset, records, keys[-1]), batch_id=keys[-1])

        try:
            for answer in self._stub.PublishStream(requests(), metadata=self._metadata):
                if answer.HasField("outcome"):
                    yield _receipts(answer.outcome)
                else:
                    code = _CODES[answer.problem.code]
                    yield _error(code, answer.problem.problem, answer.batch_id)
        except grpc.RpcError as error:
            raise _call_error(error, keys[-1] if keys else "") from error

    def close(self) -> None:
        """Closes the channel."""
        self._channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _request(dataset: str, records: Sequence[Record], key: str) -> pb.PublishRequest:
    return pb.PublishRequest(
        dataset=dataset,
        records=[pb.Record(value=encoded(record)) for record in records],
        idempotency_key=key,
    )


def _too_large(error: grpc.RpcError) -> RequestRefused | None:
    """What gRPC itself refused on the way to the door, in its own words: nothing was taken."""
    call = cast("grpc.Call", error)
    text = call.details() or ""
    if not text.startswith(
        ("SERVER: Received message larger than max", "CLIENT: Sent message larger than max")
    ):
        return None
    return RequestRefused(
        Problem("too-large", "Request too large", f"{text}.", "Send fewer records in a batch.", 413)
    )


def _call_error(error: grpc.RpcError, key: str) -> IngestError:
    call = cast("grpc.Call", error)
    details = {name: value for name, value in call.trailing_metadata() or () if name == _DETAILS}
    problem = pb.Problem()
    for detail in status_pb2.Status.FromString(cast("bytes", details.get(_DETAILS, b""))).details:
        detail.Unpack(cast("Any", problem))
    if not problem.type:  # not from the door: the connection, or a proxy
        return MaybeKept(f"{call.code()}: {call.details()}.", key)
    return _error(call.code(), problem, key)


def _error(code: grpc.StatusCode, problem: pb.Problem, key: str) -> IngestError:
    reason = f"{problem.detail} {problem.next_step}"
    retry_after = timedelta(seconds=problem.retry_after_seconds) if problem.retry_after_seconds else None
    if problem.type == "unconfirmed":
        attempts = (_receipts(problem.outcome),) if problem.HasField("outcome") else ()
        return MaybeKept(problem.detail, key, attempts, retry_after)
    if retry_after is not None:
        return NothingTaken(reason, retry_after)
    return RequestRefused(
        Problem(problem.type, problem.title, problem.detail, problem.next_step, _HTTP_STATUS.get(code, 500))
    )


def _receipts(outcome: pb.PublishResponse) -> Receipts:
    return Receipts(outcome.dataset, outcome.version, tuple(_receipt(r) for r in outcome.receipts))


def _receipt(receipt: pb.Receipt) -> Receipt:
    kind = receipt.WhichOneof("outcome")
    if kind == "accepted":
        took = receipt.accepted
        return Receipt(
            receipt.index, kind, took.event_id, took.retry_recognised, took.topic, took.partition, took.offset
        )
    if kind == "refused":
        rules = tuple(BrokenRule(r.field, r.rule, r.value, r.expected) for r in receipt.refused.broken_rules)
        return Receipt(receipt.index, kind, broken_rules=rules)
    if kind == "not_taken":
        left = receipt.not_taken
        return Receipt(receipt.index, kind, left.event_id, left.retry_recognised)
    maybe = receipt.unconfirmed
    return Receipt(receipt.index, "unconfirmed", maybe.event_id, maybe.retry_recognised)
