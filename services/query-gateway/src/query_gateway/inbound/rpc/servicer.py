"""gRPC Query: the flow of the HTTP route, answered in one stream."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NoReturn

from query_gateway.core.refusals import QuestionRefused
from query_gateway.flows.stream_arrow import arrow_stream
from query_gateway.generated import query_pb2 as pb
from query_gateway.generated import query_pb2_grpc
from query_gateway.inbound.problems import problem_of
from query_gateway.inbound.reception import Reception
from query_gateway.inbound.rpc.messages import header_message, read_question, status_details

_METHOD = "tidelake.query.v1.QueryService/Query"


class QueryServicer(query_pb2_grpc.QueryServiceServicer):
    """Answers the calls of the service."""

    def __init__(self, reception: Reception) -> None:
        self._desk = reception.desk
        self._tracing = reception.tracing

    async def Query(  # noqa: N802  # pyright: ignore[reportIncompatibleMethodOverride]
        self, request: pb.QueryRequest, context: Any
    ) -> None:
        """No generator, so that a cancelled call ends here and now."""
        clock, metrics = self._desk.clock, self._desk.metrics
        began, code = clock.monotonic(), "OK"
        try:
            await self._answer(request, context)
        except QuestionRefused as refusal:
            metrics.refused(refusal.reason)
            code = problem_of(refusal).grpc_code.name
            await _abort(context, refusal)
        except BaseException:
            code = "CANCELLED"
            raise
        finally:
            metrics.rpc_answered(_METHOD, code, clock.monotonic() - began)

    async def _answer(self, request: pb.QueryRequest, context: Any) -> None:
        metadata = _metadata(context)
        role = self._desk.enter(metadata.get("authorization"))
        question = read_question(request, self._desk.limits)
        trace = metadata.get("traceparent"), metadata.get("tracestate")
        with self._tracing.request(_METHOD, *trace) as headers:
            answer = await self._desk.ask(role, replace(question, trace=headers))
        try:
            await context.write(pb.QueryResponse(header=header_message(answer)))
            async for part in arrow_stream(answer):
                await context.write(pb.QueryResponse(arrow=part))
            summary = pb.Summary(rows=answer.rows, cut=answer.cut)
            await context.write(pb.QueryResponse(summary=summary))
        finally:
            self._desk.leave(answer)


def _metadata(context: Any) -> dict[str, str]:
    metadata: Any = context.invocation_metadata() or ()
    return {key: value for key, value in metadata if isinstance(value, str)}


async def _abort(context: Any, refusal: QuestionRefused) -> NoReturn:
    problem = problem_of(refusal)
    details = (("grpc-status-details-bin", status_details(problem)),)
    await context.abort(problem.grpc_code, f"{problem.detail} {problem.next_step}", details)
    raise AssertionError("abort raises")
