"""What an asker is told when there is no answer: one table for HTTP and gRPC, so that both mean the same."""

from __future__ import annotations

from dataclasses import dataclass

from grpc import StatusCode

from query_gateway.core.refusals import QuestionRefused, Reason


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem in both languages. `kind` is part of the API: the end of the problem's type."""

    kind: str
    http_status: int
    grpc_code: StatusCode
    title: str
    detail: str
    next_step: str
    retry_after_s: int  # 0: the same question will not be answered later either
    query_id: str | None
    error_name: str | None


_REASONS = {
    Reason.UNAUTHENTICATED: (401, StatusCode.UNAUTHENTICATED, "API key missing or unknown"),
    Reason.NOT_ALLOWED: (403, StatusCode.PERMISSION_DENIED, "Not allowed to ask"),
    Reason.MALFORMED: (400, StatusCode.INVALID_ARGUMENT, "Malformed question"),
    Reason.NOT_A_QUERY: (400, StatusCode.INVALID_ARGUMENT, "Not a query that is answered here"),
    Reason.UNKNOWN_TABLE: (404, StatusCode.NOT_FOUND, "Unknown table"),
    Reason.UNKNOWN_VERSION: (404, StatusCode.NOT_FOUND, "Unknown version"),
    Reason.UNKNOWN_QUERY: (404, StatusCode.NOT_FOUND, "Unknown pages"),
    Reason.ACCESS_DENIED: (403, StatusCode.PERMISSION_DENIED, "Access denied"),
    Reason.QUERY_FAILED: (422, StatusCode.INVALID_ARGUMENT, "The query failed"),
    Reason.CANCELLED: (409, StatusCode.CANCELLED, "Cancelled"),
    Reason.QUEUE_FULL: (429, StatusCode.RESOURCE_EXHAUSTED, "Too many queries at once"),
    Reason.TIME_LIMIT: (504, StatusCode.DEADLINE_EXCEEDED, "Not answered in time"),
    Reason.NOT_READY: (503, StatusCode.UNAVAILABLE, "Not ready"),
    Reason.STORE_AWAY: (503, StatusCode.UNAVAILABLE, "The store is away"),
    Reason.TRINO_AWAY: (503, StatusCode.UNAVAILABLE, "Trino is away"),
    Reason.TRINO_FAILED: (502, StatusCode.INTERNAL, "Trino failed"),
}


def problem_of(refusal: QuestionRefused) -> Problem:
    """In both languages."""
    http_status, grpc_code, title = _REASONS[refusal.reason]
    wait = refusal.retry_after
    return Problem(
        refusal.reason,
        http_status,
        grpc_code,
        title,
        refusal.detail,
        refusal.next_step,
        0 if wait is None else max(1, round(wait.total_seconds())),
        refusal.query_id,
        refusal.error_name,
    )
