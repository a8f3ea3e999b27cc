"""A question as JSON."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
from starlette.requests import ClientDisconnect, Request

from query_gateway.core.as_of import parse_as_of
from query_gateway.core.question import Limits, Question, limited
from query_gateway.core.refusals import malformed

_MAX_BODY_BYTES = 1024 * 1024
_TIMEOUT = timedelta(seconds=15)


class QueryBody(msgspec.Struct, forbid_unknown_fields=True):
    """The body of POST /v1/query."""

    sql: str
    parameters: list[Any] = []
    as_of: str | dict[str, int] | None = None
    max_rows: int | None = None
    timeout_s: float | None = None
    page_rows: int | None = None


_decoder = msgspec.json.Decoder(QueryBody)


async def read_question(request: Request, limits: Limits) -> Question:
    """Raises QuestionRefused."""
    body = bytearray()
    try:
        async with asyncio.timeout(_TIMEOUT.total_seconds()):
            async for piece in request.stream():
                body += piece
                if len(body) > _MAX_BODY_BYTES:
                    raise malformed(f"The body has more than {_MAX_BODY_BYTES} bytes.", "Ask with less text.")
    except TimeoutError:
        raise malformed("The body did not arrive within 15 s.", "Send it again.") from None
    except ClientDisconnect:
        raise malformed("The asker went away in the middle of the body.", "Send it again.") from None
    try:
        given = _decoder.decode(bytes(body))
    except (msgspec.MsgspecError, RecursionError) as error:
        raise malformed(
            f"The body is not a question: {error}.",
            'Send JSON such as {"sql": "select count(*) from silver.flights"}; see GET /openapi.json.',
        ) from error
    return limited(
        limits,
        given.sql,
        given.parameters,
        parse_as_of(given.as_of),
        given.max_rows,
        given.timeout_s,
        given.page_rows,
    )
