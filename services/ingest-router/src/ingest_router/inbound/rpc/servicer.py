"""gRPC Publish and PublishStream: the flow of the HTTP route, batch by batch."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, NoReturn

import grpc
from tidelake.streams.values import Headers

from ingest_router.core import refusals
from ingest_router.core.outcomes import Outcome
from ingest_router.core.refusals import RequestRefused
from ingest_router.generated import ingest_pb2 as pb
from ingest_router.inbound.problems import Problem, problem_of_outcome, problem_of_refusal
from ingest_router.inbound.reception import Reception
from ingest_router.inbound.rpc.messages import outcome_message, problem_message, status_details
from ingest_router.inbound.rpc.received import Received, read_batch, received_alone, received_in_stream

_SERVICE = "tidelake.ingest.v1.IngestService"
_WAITING_BATCHES_PER_STREAM = 8


def add_ingest_service(servicer: IngestServicer, server: grpc.aio.Server) -> None:
    """Serves tidelake.ingest.v1.IngestService, in place of the generated function of that purpose.

    That one has each message made into objects before the servicer is asked. Here messages stay bytes, and
    none is read before the key is known: on the wire a call with one message is a stream of one, so that
    Publish is taken as a stream, whose handler reads by itself.
    """
    publish, publish_stream = servicer.publish, servicer.publish_stream
    single, many = pb.PublishResponse.SerializeToString, pb.PublishStreamResponse.SerializeToString
    handlers: dict[str, grpc.RpcMethodHandler[Any, Any]] = {
        "Publish": grpc.stream_unary_rpc_method_handler(publish, response_serializer=single),
        "PublishStream": grpc.stream_stream_rpc_method_handler(publish_stream, response_serializer=many),
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(_SERVICE, handlers),))


@dataclass(frozen=True, slots=True)
class _Answer:
    outcome: Outcome | None
    problem: Problem | None


_Answers = asyncio.Queue[asyncio.Task[pb.PublishStreamResponse] | None]


class IngestServicer:
    """What answers the calls of the service; see add_ingest_service."""

    def __init__(self, reception: Reception) -> None:
        self._intake = reception.intake
        self._in_flight = reception.in_flight
        self._open_calls = reception.open_calls
        self._metrics = reception.metrics
        self._tracing = reception.tracing
        self._clock = reception.clock
        self._body_timeout = reception.body_timeout
        self._stopping = asyncio.Event()
        self._answering: set[asyncio.Task[pb.PublishStreamResponse]] = set()

    def stop(self) -> None:
        """Ends the streams once the batches that were read from them are answered."""
        self._stopping.set()

    async def publish(self, _messages: Any, context: Any) -> pb.PublishResponse:
        """One batch, one answer."""
        metadata = _metadata(context)
        answer = await self._answer("Publish", metadata, partial(self._take_one, context, metadata))
        if answer.outcome is not None and answer.problem is None:
            return outcome_message(answer.outcome)
        return await _abort(context, answer)

    async def publish_stream(self, _messages: Any, context: Any) -> None:
        """Answers in the order of the batches. No generator, so that a cancelled call ends here and now."""
        metadata = _metadata(context)
        try:
            with self._open_call(metadata):
                await self._answer_stream(context, metadata)
            if self._stopping.is_set():
                raise refusals.not_ready("it stops", self._intake.retry_after)
        except RequestRefused as refusal:
            self._metrics.request_refused(refusal.reason)
            await _abort(context, _Answer(None, problem_of_refusal(refusal)))

    @contextmanager
    def _open_call(self, metadata: dict[str, str]) -> Generator[None]:
        """Checks, before anything is read, who calls and whether that one may have a call more. Raises
        RequestRefused."""
        producer = self._intake.enter(metadata.get("authorization"))
        with self._open_calls.charge(producer) as charge:
            if not charge.take(1):
                raise refusals.too_many_calls(self._intake.retry_after)
            yield

    async def _take_one(self, context: Any, metadata: dict[str, str], trace_headers: Headers) -> Outcome:
        with self._open_call(metadata):
            try:
                async with asyncio.timeout(self._body_timeout.total_seconds()):
                    message = await context.read()
            except TimeoutError:
                raise refusals.slow_body(self._body_timeout) from None
            if not isinstance(message, bytes):
                raise refusals.no_message()
            return await self._accept(received_alone(message), metadata, trace_headers)

    async def _answer_stream(self, context: Any, metadata: dict[str, str]) -> None:
        answers: _Answers = asyncio.Queue(_WAITING_BATCHES_PER_STREAM)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._read_stream(context, metadata, answers))
            while (task := await answers.get()) is not None:
                await context.write(await task)

    async def _read_stream(self, context: Any, metadata: dict[str, str], answers: _Answers) -> None:
        """A full queue stops the reading, and gRPC's flow control then stops the sender."""
        stopped = asyncio.create_task(self._stopping.wait())
        try:
            while (task := await self._begin_next(context, metadata, stopped)) is not None:
                await answers.put(task)
            await answers.put(None)
        finally:
            stopped.cancel()

    async def _begin_next(
        self, context: Any, metadata: dict[str, str], stopped: asyncio.Task[Any]
    ) -> asyncio.Task[pb.PublishStreamResponse] | None:
        """Reads a message and has it answered; None at the end of the stream, or when the door stops. Nothing
        here keeps the message when it returns."""
        read = asyncio.ensure_future(context.read())
        try:
            await asyncio.wait((read, stopped), return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not read.done():
                read.cancel()
        if not read.done() or not isinstance(message := read.result(), bytes):
            return None
        task = asyncio.create_task(self._answer_in_stream(received_in_stream(message), metadata))
        self._answering.add(task)  # the loop itself would not keep it
        task.add_done_callback(self._answering.discard)
        return task

    async def _answer_in_stream(
        self, received: Received, metadata: dict[str, str]
    ) -> pb.PublishStreamResponse:
        answer = await self._answer("PublishStream", metadata, partial(self._accept, received, metadata))
        if answer.problem is None:
            outcome = None if answer.outcome is None else outcome_message(answer.outcome)
            return pb.PublishStreamResponse(batch_id=received.batch_id, outcome=outcome)
        problem = pb.StreamProblem(
            code=answer.problem.grpc_code.value[0], problem=problem_message(answer.problem, answer.outcome)
        )
        return pb.PublishStreamResponse(batch_id=received.batch_id, problem=problem)

    async def _answer(
        self, method: str, metadata: dict[str, str], take: Callable[[Headers], Awaitable[Outcome]]
    ) -> _Answer:
        started = self._clock.monotonic()
        trace = metadata.get("traceparent"), metadata.get("tracestate")
        with self._tracing.request(f"{_SERVICE}/{method}", *trace) as trace_headers:
            try:
                outcome = await take(trace_headers)
            except RequestRefused as refusal:
                self._metrics.request_refused(refusal.reason)
                answer = _Answer(None, problem_of_refusal(refusal))
            else:
                answer = _Answer(outcome, problem_of_outcome(outcome))
        code = "OK" if answer.problem is None else answer.problem.grpc_code.name
        self._metrics.rpc_answered(method, code, self._clock.monotonic() - started)
        return answer

    async def _accept(self, received: Received, metadata: dict[str, str], trace_headers: Headers) -> Outcome:
        """The message becomes objects only behind every check that its bytes allow. Raises RequestRefused."""
        authorization = metadata.get("authorization")
        producer = self._intake.enter(authorization)
        limits, size = self._intake.limits, received.batch_bytes
        if size > limits.max_body_bytes:
            raise refusals.body_too_large(f"the batch has {size} bytes", limits.max_body_bytes)
        with self._in_flight.charge(producer) as charge:
            if not charge.take(len(received.message)):
                raise refusals.no_memory_left(self._intake.retry_after)
            address, batch = read_batch(received, limits, trace_headers)
            return await self._intake.accept(self._intake.open(authorization, address), batch)


def _metadata(context: grpc.aio.ServicerContext[Any, Any]) -> dict[str, str]:
    metadata: Any = context.invocation_metadata() or ()
    return {key: value for key, value in metadata if isinstance(value, str)}


async def _abort(context: Any, answer: _Answer) -> NoReturn:
    problem = answer.problem
    assert problem is not None
    details = (("grpc-status-details-bin", status_details(problem, answer.outcome)),)
    await context.abort(problem.grpc_code, f"{problem.detail} {problem.next_step}", details)
    raise AssertionError("abort raises")
