"""The HTTP API: events in, receipts out; and what datasets this door serves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response
from tidelake.contracts.split import JSON_TYPES, NDJSON_TYPES
from tidelake.streams.values import Headers

from ingest_router.core import refusals
from ingest_router.core.outcomes import Outcome
from ingest_router.core.refusals import RequestRefused
from ingest_router.core.serving import ServedDataset
from ingest_router.flows.accept_events import Batch, Intake
from ingest_router.inbound.http.answers import outcome_answer, plain_problem, refusal_answer
from ingest_router.inbound.http.api_description import EVENTS_DESCRIPTION
from ingest_router.inbound.http.body import content_encoding, decoded_body, read_body
from ingest_router.inbound.reception import Reception

DATASETS = "/v1/datasets"
DATASET = f"{DATASETS}/{{dataset}}"
EVENTS = f"{DATASET}/events"


class EventsRoute:
    """POST /v1/datasets/{dataset}/events."""

    def __init__(self, reception: Reception) -> None:
        self._intake = reception.intake
        self._in_flight = reception.in_flight
        self._metrics = reception.metrics
        self._tracing = reception.tracing
        self._clock = reception.clock
        self._body_timeout = reception.body_timeout

    async def post(self, request: Request) -> Response:
        started = self._clock.monotonic()
        headers = request.headers
        trace = headers.get("traceparent"), headers.get("tracestate")
        with self._tracing.request(f"POST {EVENTS}", *trace) as trace_headers:
            response = await self._answer(request, trace_headers)
        response.headers.update(_links(self._intake, EVENTS, request.path_params["dataset"]))
        self._metrics.http_answered(EVENTS, response.status_code, self._clock.monotonic() - started)
        return response

    async def _answer(self, request: Request, trace_headers: Headers) -> Response:
        body_read = False
        try:
            opened = self._intake.open(request.headers.get("authorization"), request.path_params["dataset"])
            content_type = _content_type(request.headers)
            encoding = content_encoding(request)
            _check_cloudevents(request.headers)
            with self._in_flight.charge(opened.producer) as charge:
                limits, retry_after = self._intake.limits, self._intake.retry_after
                body = await read_body(request, limits, self._body_timeout, charge, retry_after)
                body_read = True
                body = decoded_body(body, encoding, limits, charge, retry_after)
                records = self._intake.split(body, content_type)
                batch = Batch(records, *_ids(request.headers, len(records)), trace_headers)
                outcome: Outcome = await self._intake.accept(opened, batch)
        except RequestRefused as refusal:
            self._metrics.request_refused(refusal.reason)
            return refusal_answer(refusal, body_read)
        return outcome_answer(outcome)


def add_routes(app: FastAPI, reception: Reception) -> None:
    """Adds the API to a service's app."""

    async def datasets() -> Response:
        return JSONResponse({"datasets": [_described(served) for served in reception.intake.served()]})

    async def dataset(dataset: str) -> Response:
        for served in reception.intake.served():
            if served.contract.address == dataset:
                return JSONResponse(_described(served), headers=_links(reception.intake, DATASET, dataset))
        return plain_problem(404, f"This door serves no dataset {dataset!r}.", f"See GET {DATASETS}.")

    async def failed(_request: Request, error: Any) -> Response:
        problem: HTTPException = error
        next_step = f"Events go to POST {EVENTS}; GET /openapi.json describes the API."
        return plain_problem(
            problem.status_code, f"{problem.detail}.", next_step, dict(problem.headers or {})
        )

    async def broken(_request: Request, _error: Exception) -> Response:
        # Starlette raises the error again behind this answer, so that the log has it.
        return plain_problem(
            500,
            "The door failed at this request by a fault of its own; its log says more. Records may be kept.",
            "Send the same request again with the same ids.",
        )

    app.add_api_route(EVENTS, EventsRoute(reception).post, methods=["POST"], **EVENTS_DESCRIPTION)
    app.add_api_route(DATASETS, datasets, methods=["GET"])
    app.add_api_route(DATASET, dataset, methods=["GET"])
    app.add_exception_handler(HTTPException, failed)
    app.add_exception_handler(Exception, broken)


def _links(intake: Intake, path: str, address: str) -> dict[str, str]:
    """Where the same is found of the next major version. Source: RFC 8288 and 5829, successor-version."""
    successor = intake.successor(address)
    if successor is None:
        return {}
    return {"link": f'<{path.format(dataset=successor)}>; rel="successor-version"'}


def _ids(headers: Mapping[str, str], records: int) -> tuple[list[str | None] | None, str | None]:
    """(id of each record, Idempotency-Key), as far as the sender names them."""
    event_id = headers.get("ce-id")
    if event_id is None:
        return None, headers.get("idempotency-key") or None
    if records != 1:
        raise refusals.malformed(
            f"The header ce-id names one event, and the request holds {records} records.",
            "Send one record with it, or name the records of a request by an Idempotency-Key.",
        )
    return [unquote(event_id)], None


def _content_type(headers: Mapping[str, str]) -> str:
    """Refuses before the body is read what could not be read."""
    given = headers.get("content-type")
    kind, _, parameters = (given or "").partition(";")
    if given is None or kind.strip().lower() not in JSON_TYPES | NDJSON_TYPES:
        raise refusals.unsupported_media_type(given)
    charset = re.search(r"charset\s*=\s*\"?([^\s;\"]+)", parameters, re.IGNORECASE)
    if charset is not None and charset[1].lower() not in ("utf-8", "utf8", "us-ascii"):
        raise refusals.unsupported_media_type(given)
    return given


def _check_cloudevents(headers: Mapping[str, str]) -> None:
    version = headers.get("ce-specversion", "1.0")
    if version != "1.0":
        raise refusals.malformed(
            f"The header ce-specversion is {version!r}.", "Send CloudEvents 1.0: ce-specversion: 1.0."
        )


def _described(served: ServedDataset) -> dict[str, Any]:
    contract = served.contract
    return {
        "dataset": contract.address,
        "version": str(contract.version),
        "topic": contract.topic,
        "owner": contract.owner,
        "id_fields": list(contract.id_fields),
    }
