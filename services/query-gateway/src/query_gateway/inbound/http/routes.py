"""The HTTP API: a question in; pages of JSON, or one Arrow stream, out."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from dataclasses import replace
from typing import Any, TypeVar

import orjson
from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from query_gateway.core.question import Question
from query_gateway.core.refusals import QuestionRefused, asker_gone
from query_gateway.flows.ask import Answer, Desk
from query_gateway.flows.page_sequences import Page
from query_gateway.flows.stream_arrow import arrow_stream
from query_gateway.inbound.http.answers import page_answer, plain_problem, refusal_answer
from query_gateway.inbound.http.api_description import PAGE_DESCRIPTION, QUERY_DESCRIPTION
from query_gateway.inbound.http.body import read_question
from query_gateway.inbound.reception import Reception

T = TypeVar("T")

QUERY = "/v1/query"
PAGE = f"{QUERY}/{{query}}/{{number}}"
PAGES = f"{QUERY}/{{query}}"
ARROW = "application/vnd.apache.arrow.stream"


class QueryRoutes:
    """POST /v1/query and what follows it."""

    def __init__(self, reception: Reception) -> None:
        self._desk = reception.desk
        self._sequences = reception.sequences
        self._tracing = reception.tracing

    async def ask(self, request: Request) -> Response:
        return await self._answered(request, QUERY, self._ask)

    async def page(self, request: Request) -> Response:
        return await self._answered(request, PAGE, self._page)

    async def cancel(self, request: Request) -> Response:
        return await self._answered(request, PAGES, self._cancel)

    async def _answered(
        self, request: Request, route: str, answer: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        clock, metrics = self._desk.clock, self._desk.metrics
        began = clock.monotonic()
        try:
            response = await answer(request)
        except QuestionRefused as refusal:
            metrics.refused(refusal.reason)
            response = refusal_answer(refusal)
        metrics.http_answered(request.method, route, response.status_code, clock.monotonic() - began)
        return response

    async def _ask(self, request: Request) -> Response:
        role = self._desk.enter(request.headers.get("authorization"))
        question = await read_question(request, self._desk.limits)
        trace = request.headers.get("traceparent"), request.headers.get("tracestate")
        with self._tracing.request(f"POST {QUERY}", *trace) as headers:
            question = replace(question, trace=headers)
            if ARROW in request.headers.get("accept", ""):
                return await _unless_gone(request, self._arrow(role, question))
            return page_answer(await _unless_gone(request, self._first_page(role, question)))

    async def _first_page(self, role: str, question: Question) -> Page:
        answer = await self._desk.ask(role, question)
        return await self._sequences.begin(role, answer, question.page_rows)

    async def _arrow(self, role: str, question: Question) -> Response:
        answer = await self._desk.ask(role, question)
        try:
            parts = arrow_stream(answer)
            return ArrowAnswer(self._desk, answer, await anext(parts), parts)
        except BaseException:
            self._desk.leave(answer)
            raise

    async def _page(self, request: Request) -> Response:
        role = self._desk.enter(request.headers.get("authorization"))
        number = request.path_params["number"]
        wanted = int(number) if re.fullmatch(r"[0-9]{1,9}", number) else -1
        return page_answer(
            await _unless_gone(request, self._sequences.page(role, request.path_params["query"], wanted))
        )

    async def _cancel(self, request: Request) -> Response:
        role = self._desk.enter(request.headers.get("authorization"))
        self._sequences.cancel(role, request.path_params["query"])
        return Response(status_code=204)


class ArrowAnswer(StreamingResponse):
    """One Arrow IPC stream. It ends without its last batch, and with a broken connection, when the answer
    can't be whole."""

    def __init__(self, desk: Desk, answer: Answer, first: bytes, others: AsyncGenerator[bytes]) -> None:
        headers = {
            "x-tidelake-query-id": answer.query_id,
            "x-tidelake-versions": orjson.dumps(dict(answer.versions)).decode(),
        }

        async def parts() -> AsyncGenerator[bytes]:
            yield first
            async for part in others:
                yield part

        super().__init__(parts(), 200, headers, ARROW)
        self._desk = desk
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._desk.leave(self._answer)


def add_routes(app: FastAPI, reception: Reception) -> None:
    """Adds the API to a service's app."""
    routes = QueryRoutes(reception)

    async def failed(_request: Request, error: Any) -> Response:
        problem: HTTPException = error
        next_step = f"Questions go to POST {QUERY}; GET /openapi.json describes the API."
        return plain_problem(
            problem.status_code, f"{problem.detail}.", next_step, dict(problem.headers or {})
        )

    async def broken(_request: Request, _error: Exception) -> Response:
        # Starlette raises the error again behind this answer, so that the log has it.
        return plain_problem(
            500, "The gateway failed at this question by a fault of its own; its log says more.", "Ask again."
        )

    app.add_api_route(QUERY, routes.ask, methods=["POST"], **QUERY_DESCRIPTION)
    app.add_api_route(PAGE, routes.page, methods=["GET"], **PAGE_DESCRIPTION)
    app.add_api_route(PAGES, routes.cancel, methods=["DELETE"], summary="Cancel", status_code=204)
    app.add_exception_handler(HTTPException, failed)
    app.add_exception_handler(Exception, broken)


async def _unless_gone(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """What the work gives; when the asker goes away before, the work is cancelled, and with it the query."""
    task = asyncio.create_task(work)
    gone = asyncio.create_task(_gone(request))
    try:
        await asyncio.wait((task, gone), return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        task.cancel()
        await asyncio.wait((task,))
        raise asker_gone()
    finally:
        gone.cancel()
        task.cancel()


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
