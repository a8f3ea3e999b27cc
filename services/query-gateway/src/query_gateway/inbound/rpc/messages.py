"""Questions and problems as gRPC messages."""

from __future__ import annotations

from google.protobuf import any_pb2
from google.rpc import status_pb2  # pyright: ignore[reportMissingTypeStubs]

from query_gateway.core.as_of import parse_as_of
from query_gateway.core.question import Limits, Question, limited
from query_gateway.flows.ask import Answer
from query_gateway.generated import query_pb2 as pb
from query_gateway.inbound.problems import Problem


def read_question(request: pb.QueryRequest, limits: Limits) -> Question:
    """Raises QuestionRefused."""
    as_of: object = None
    if request.HasField("time"):
        as_of = request.time
    elif request.HasField("versions"):
        as_of = dict(request.versions.tables)
    return limited(
        limits,
        request.sql,
        [_value(value) for value in request.parameters],
        parse_as_of(as_of),
        request.max_rows if request.HasField("max_rows") else None,
        request.timeout_s if request.HasField("timeout_s") else None,
        None,
    )


def header_message(answer: Answer) -> pb.Header:
    """What is known before the rows."""
    columns = [pb.Column(name=column.name, type=column.type) for column in answer.columns]
    return pb.Header(
        query_id=answer.query_id, columns=columns, versions=pb.Versions(tables=dict(answer.versions))
    )


def status_details(problem: Problem) -> bytes:
    """google.rpc.Status as trailing metadata takes it."""
    message = pb.Problem(
        type=problem.kind,
        title=problem.title,
        detail=problem.detail[:2000],  # a header block is bounded by clients and proxies
        next_step=problem.next_step,
        retry_after_seconds=problem.retry_after_s,
        query_id=problem.query_id or "",
        error_name=problem.error_name or "",
    )
    packed = any_pb2.Any()
    packed.Pack(message)
    code: int = problem.grpc_code.value[0]
    return status_pb2.Status(code=code, message=problem.title, details=[packed]).SerializeToString()


def _value(value: pb.Value) -> object:
    kind = value.WhichOneof("kind")
    return None if kind is None else getattr(value, kind)
