"""gRPC Publish and PublishStream: the flow of the HTTP route, batch by batch."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, NoReturn

import grpc

from ingest_router.core import refusals
from ingest_router.core.outcomes import Outcome
from ingest_router.core.refusals import RequestRefused
from ingest_router.flows.accept_events import Batch
from ingest_router.generated import ingest_pb2 as pb
from ingest_router.generated.ingest_pb2_grpc import IngestServiceServicer
from ingest_router.inbound.problems import Problem, problem_of_outcome, problem_of_refusal
from ingest_router.inbound.reception import Reception
from ingest_router.inbound.rpc.messages import outcome_message, problem_message, status_details

_WAITING_BATCHES_PER_STREAM = 8


@dataclass(frozen=True, slots=True)
class _Answer:
    outcome: Outcome | None
    problem: Problem | None


class IngestServicer(IngestServiceServicer):
    """tidelake.ingest.v1.IngestService."""

    def __init__(self, reception: Reception) -> None:
        self._intake = reception.intake
        self._in_flight = reception.in_flight
        self._metrics = reception.metrics
        self._tracing = reception.tracing
        self._clock = reception.clock
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Ends the streams once the batches that were read from them are answered."""
        self._stopping.set()

    async def Publish(self, request: pb.PublishRequest, context: Any) -> pb.PublishResponse:  # noqa: N802
        answer = await self._answer(request, _metadata(context), "Publish")
        if answer.outcome is not None and answer.problem is None:
            return outcome_message(answer.outcome)
        return await _abort(context, answer)

    async def PublishStream(  # noqa: N802
        self, request_iterator: Any, context: Any
    ) -> AsyncIterator[pb.PublishStreamResponse]:
        metadata = _metadata(context)
        answers: asyncio.Queue[asyncio.Task[pb.PublishStreamResponse] | None] = asyncio.Queue(
            _WAITING_BATCHES_PER_STREAM
        )
        reader = asyncio.create_task(self._read_stream(request_iterator, metadata, answers))
        try:
            while (task := await answers.get()) is not None:
                yield await task
        finally:
            reader.cancel()
            while not answers.empty():  # else the cancelled reader waits for ever to put its end there
                answers.get_nowait()
        if self._stopping.is_set():
            refusal = refusals.not_ready("it stops", self._intake.retry_after)
            await _abort(context, _Answer(None, problem_of_refusal(refusal)))

    async def _read_stream(
        self,
        batches: Any,
        metadata: dict[str, str],
        answers: asyncio.Queue[asyncio.Task[pb.PublishStreamResponse] | None],
    ) -> None:
        """A full queue stops the reading, and gRPC's flow control then stops the sender."""
        stopped = asyncio.create_task(self._stopping.wait())
        try:
            while True:
                read = asyncio.ensure_future(anext(batches, None))
                await asyncio.wait((read, stopped), return_when=asyncio.FIRST_COMPLETED)
                if not read.done():
                    read.cancel()
                    return
                request: pb.PublishStreamRequest | None = read.result()
                if request is None:
                    return
                await answers.put(asyncio.create_task(self._answer_in_stream(request, metadata)))
        finally:
            stopped.cancel()
            await answers.put(None)

    async def _answer_in_stream(
        self, request: pb.PublishStreamRequest, metadata: dict[str, str]
    ) -> pb.PublishStreamResponse:
        answer = await self._answer(request.batch, metadata, "PublishStream")
        if answer.problem is None:
            outcome = None if answer.outcome is None else outcome_message(answer.outcome)
            return pb.PublishStreamResponse(batch_id=request.batch_id, outcome=outcome)
        problem = pb.StreamProblem(
            code=answer.problem.grpc_code.value[0], problem=problem_message(answer.problem, answer.outcome)
        )
        return pb.PublishStreamResponse(batch_id=request.batch_id, problem=problem)

    async def _answer(self, request: pb.PublishRequest, metadata: dict[str, str], method: str) -> _Answer:
        started = self._clock.monotonic()
        trace = metadata.get("traceparent"), metadata.get("tracestate")
        with self._tracing.request(f"tidelake.ingest.v1.IngestService/{method}", *trace) as trace_headers:
            try:
                outcome = await self._accept(request, metadata, trace_headers)
            except RequestRefused as refusal:
                self._metrics.request_refused(refusal.reason)
                answer = _Answer(None, problem_of_refusal(refusal))
            else:
                answer = _Answer(outcome, problem_of_outcome(outcome))
        code = "OK" if answer.problem is None else answer.problem.grpc_code.name
        self._metrics.rpc_answered(method, code, self._clock.monotonic() - started)
        return answer

    async def _accept(
        self,
        request: pb.PublishRequest,
        metadata: dict[str, str],
        trace_headers: list[tuple[str, bytes | None]],
    ) -> Outcome:
        opened = self._intake.open(metadata.get("authorization"), request.dataset)
        size = request.ByteSize()
        if size > self._intake.limits.max_body_bytes:
            raise refusals.body_too_large(f"the batch has {size} bytes", self._intake.limits.max_body_bytes)
        with self._in_flight.charge(opened.producer) as charge:
            if not charge.take(size):
                raise refusals.no_memory_left(self._intake.retry_after)
            batch = Batch(
                records=[record.value for record in request.records],
                ids=[record.id or None for record in request.records],
                idempotency_key=request.idempotency_key or None,
                trace_headers=trace_headers,
            )
            return await self._intake.accept(opened, batch)


def _metadata(context: grpc.aio.ServicerContext[Any, Any]) -> dict[str, str]:
    metadata: Any = context.invocation_metadata() or ()
    return {key: value for key, value in metadata if isinstance(value, str)}


async def _abort(context: Any, answer: _Answer) -> NoReturn:
    problem = answer.problem
    assert problem is not None
    details = (("grpc-status-details-bin", status_details(problem, answer.outcome)),)
    await context.abort(problem.grpc_code, f"{problem.detail} {problem.next_step}", details)
    raise AssertionError("abort raises")
