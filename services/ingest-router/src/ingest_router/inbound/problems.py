"""What a sender is told when not all went well: one table for HTTP and gRPC, so that both mean the same."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from grpc import StatusCode

from ingest_router.core.outcomes import Outcome, Refused, Verdict
from ingest_router.core.refusals import Reason, RequestRefused


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem in both languages. `kind` is part of the API: the end of the problem's type."""

    kind: str
    http_status: int
    grpc_code: StatusCode
    title: str
    detail: str
    next_step: str
    retry_after_s: int = 0  # 0: the same request will not pass later either


_REASONS = {
    Reason.UNAUTHENTICATED: (401, StatusCode.UNAUTHENTICATED, "API key missing or unknown"),
    Reason.NOT_ALLOWED: (403, StatusCode.PERMISSION_DENIED, "Not allowed to write there"),
    Reason.UNKNOWN_DATASET: (404, StatusCode.NOT_FOUND, "Unknown dataset"),
    Reason.UNSUPPORTED: (415, StatusCode.INVALID_ARGUMENT, "Not a body that can be read"),
    Reason.MALFORMED: (400, StatusCode.INVALID_ARGUMENT, "Malformed request"),
    Reason.TOO_LARGE: (413, StatusCode.RESOURCE_EXHAUSTED, "Request too large"),
    Reason.SLOW_BODY: (408, StatusCode.DEADLINE_EXCEEDED, "Body too slow"),
    Reason.CUT_OFF: (400, StatusCode.CANCELLED, "Body cut off"),
    Reason.BACKPRESSURE: (429, StatusCode.RESOURCE_EXHAUSTED, "No room at the moment"),
    Reason.NOT_READY: (503, StatusCode.UNAVAILABLE, "Not ready"),
}

_VERDICTS = {
    Verdict.NONE_ACCEPTED: Problem(
        "none-accepted",
        422,
        StatusCode.INVALID_ARGUMENT,
        "No record was accepted",
        "Each record breaks a rule, and none is kept.",
        "Mend the records as their receipts say, and send them again.",
    ),
    Verdict.MALFORMED: Problem(
        str(Reason.MALFORMED),
        400,
        StatusCode.INVALID_ARGUMENT,
        "Malformed JSON",
        "No record is JSON in UTF-8, and none is kept.",
        "Mend the records as their receipts say, and send them again.",
    ),
    Verdict.TOO_LARGE: Problem(
        "record-too-large",
        413,
        StatusCode.RESOURCE_EXHAUSTED,
        "Record too large",
        "No record was accepted: each is larger than max_record_bytes allows.",
        "Send smaller records, or have max_record_bytes raised for router, brokers and consumers.",
    ),
    Verdict.NOT_TAKEN: Problem(
        str(Reason.BACKPRESSURE),
        429,
        StatusCode.RESOURCE_EXHAUSTED,
        "No room at the moment",
        "Kafka took none of the records, and none is kept.",
        "Send the same request again.",
        retry_after_s=1,
    ),
    Verdict.UNCONFIRMED: Problem(
        "unconfirmed",
        503,
        StatusCode.UNAVAILABLE,
        "May be kept",
        "Kafka's answer did not come in time. Records whose receipt is 'unconfirmed' may be kept.",
        "Send the same request again with the same ids (or the same Idempotency-Key): a repeat is recognised "
        "where its receipt says so.",
        retry_after_s=1,
    ),
}


def problem_of_refusal(refusal: RequestRefused) -> Problem:
    """A whole request was refused."""
    http_status, grpc_code, title = _REASONS[refusal.reason]
    wait = _whole_seconds(refusal.retry_after) if refusal.retry_after is not None else 0
    return Problem(
        refusal.reason, http_status, grpc_code, title, refusal.detail, refusal.next_step, retry_after_s=wait
    )


def problem_of_outcome(outcome: Outcome) -> Problem | None:
    """None when at least one record was accepted and none is unconfirmed: the receipts then say all."""
    problem = _VERDICTS.get(outcome.verdict)
    first = next((one for one in outcome.receipts if isinstance(one, Refused)), None)
    if problem is None or first is None or problem.retry_after_s:
        return problem
    rule = first.broken_rules[0]
    where = f"Record {first.index}, field {rule.field!r}" if rule.field else f"Record {first.index}"
    seen = f"{problem.detail} {where}: {rule.value} instead of {rule.expected} ({rule.rule})."
    return replace(problem, detail=seen)


def _whole_seconds(span: timedelta) -> int:
    """HTTP's Retry-After knows no smaller ones."""
    return max(1, round(span.total_seconds()))
