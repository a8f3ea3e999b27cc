"""Pages and problems as HTTP answers."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import orjson
from starlette.responses import Response

from query_gateway.core.columns import Column
from query_gateway.core.refusals import QuestionRefused
from query_gateway.flows.page_sequences import Page
from query_gateway.inbound.problems import problem_of

PROBLEM_JSON = "application/problem+json"


def page_answer(page: Page) -> Response:
    """One page, with the way to the next."""
    following = None if page.next_number is None else f"/v1/query/{page.sequence}/{page.next_number}"
    content = {
        "query_id": page.query_id,
        "versions": page.versions,
        "columns": [column_json(column) for column in page.columns],
        "rows": page.rows,
        "cut": page.cut,
        "next": following,
    }
    headers = {"link": f'<{following}>; rel="next"'} if following else None
    return Response(orjson.dumps(content), 200, headers, "application/json")


def column_json(column: Column) -> dict[str, str]:
    return {"name": column.name, "type": column.type}


def refusal_answer(refusal: QuestionRefused) -> Response:
    """As application/problem+json."""
    problem = problem_of(refusal)
    content: dict[str, Any] = {
        "type": f"urn:tidelake:problem:{problem.kind}",
        "title": problem.title,
        "status": problem.http_status,
        "detail": problem.detail,
        "next_step": problem.next_step,
    }
    if problem.query_id:
        content["query_id"] = problem.query_id
    if problem.error_name:
        content["error_name"] = problem.error_name
    headers: dict[str, str] = {}
    if problem.retry_after_s:
        headers["retry-after"] = str(problem.retry_after_s)
    if problem.http_status == HTTPStatus.UNAUTHORIZED:
        headers["www-authenticate"] = "Bearer"
    return Response(orjson.dumps(content), problem.http_status, headers, PROBLEM_JSON)


def plain_problem(
    status: int, detail: str, next_step: str, headers: dict[str, str] | None = None
) -> Response:
    """For what the framework itself refuses: no such path, no such method."""
    phrase = HTTPStatus(status).phrase
    content = {
        "type": f"urn:tidelake:problem:{phrase.lower().replace(' ', '-')}",
        "title": phrase,
        "status": status,
        "detail": detail,
        "next_step": next_step,
    }
    return Response(orjson.dumps(content), status, headers, PROBLEM_JSON)
