"""Outcomes and problems as HTTP answers."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import Any

import orjson
from starlette.responses import Response

from ingest_router.core.outcomes import Accepted, NotTaken, Outcome, Receipt, Refused, Verdict
from ingest_router.core.refusals import RequestRefused
from ingest_router.inbound.http.lingering import LingeringResponse
from ingest_router.inbound.problems import Problem, problem_of_outcome, problem_of_refusal

PROBLEM_JSON = "application/problem+json"
_LINGER = timedelta(seconds=5)
_LINGER_MAX_BYTES = 64 * 1024 * 1024


def outcome_answer(outcome: Outcome) -> Response:
    """200 all accepted, 207 mixed; otherwise a problem that carries the receipts."""
    content: dict[str, Any] = {
        "dataset": outcome.dataset,
        "version": str(outcome.version),
        "received": outcome.received,
        "accepted": outcome.accepted,
        "refused": outcome.refused,
        "not_taken": outcome.not_taken,
        "unconfirmed": outcome.unconfirmed,
        "receipts": [_receipt(receipt) for receipt in outcome.receipts],
    }
    problem = problem_of_outcome(outcome)
    if problem is None:
        status = 200 if outcome.verdict is Verdict.ALL_ACCEPTED else 207
        return Response(orjson.dumps(content), status, media_type="application/json")
    content = _problem_json(problem) | content
    return Response(orjson.dumps(content), problem.http_status, _headers(problem), PROBLEM_JSON)


def refusal_answer(refusal: RequestRefused, body_read: bool) -> Response:
    """The refusal as application/problem+json. Unless the body was read, what is left of it is drained."""
    problem = problem_of_refusal(refusal)
    content, headers = orjson.dumps(_problem_json(problem)), _headers(problem)
    if body_read:
        return Response(content, problem.http_status, headers, PROBLEM_JSON)
    return LingeringResponse(
        content, problem.http_status, headers, PROBLEM_JSON, linger=_LINGER, max_bytes=_LINGER_MAX_BYTES
    )


def plain_problem(
    status: int, detail: str, next_step: str, headers: dict[str, str] | None = None
) -> Response:
    """For what the framework itself refuses: no such path, no such method."""
    phrase = HTTPStatus(status).phrase
    content = _content(phrase.lower().replace(" ", "-"), status, phrase, detail, next_step)
    return Response(orjson.dumps(content), status, headers, PROBLEM_JSON)


def _problem_json(problem: Problem) -> dict[str, Any]:
    return _content(problem.kind, problem.http_status, problem.title, problem.detail, problem.next_step)


def _content(kind: str, status: int, title: str, detail: str, next_step: str) -> dict[str, Any]:
    return {
        "type": f"urn:tidelake:problem:{kind}",
        "title": title,
        "status": status,
        "detail": detail,
        "next_step": next_step,
    }


def _headers(problem: Problem) -> dict[str, str]:
    headers: dict[str, str] = {}
    if problem.retry_after_s:
        headers["retry-after"] = str(problem.retry_after_s)
    if problem.http_status == HTTPStatus.UNAUTHORIZED:
        headers["www-authenticate"] = "Bearer"
    return headers


def _receipt(receipt: Receipt) -> dict[str, Any]:
    if isinstance(receipt, Accepted):
        return {
            "index": receipt.index,
            "status": "accepted",
            "event_id": receipt.event_id,
            "retry_recognised": receipt.retry_recognised,
            "topic": receipt.topic,
            "partition": receipt.partition,
            "offset": receipt.offset,
        }
    if isinstance(receipt, Refused):
        return {"index": receipt.index, "status": "refused", "broken_rules": receipt.broken_rules}
    answer = {
        "index": receipt.index,
        "status": "unconfirmed",
        "event_id": receipt.event_id,
        "retry_recognised": receipt.retry_recognised,
    }
    if isinstance(receipt, NotTaken):
        answer |= {"status": "not_taken", "cause": receipt.cause}
    return answer
