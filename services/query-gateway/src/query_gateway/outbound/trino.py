"""Trino by its own protocol: a statement begins, gives pages of rows, and is read to its end or cancelled.

Source: trino.io/docs/476/develop/client-protocol.html. A page is asked for only when somebody takes it, so
that Trino waits for slow readers and nothing piles up here.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import aiohttp
import orjson
import structlog

from query_gateway.core import refusals
from query_gateway.core.columns import Column, Row, parse_columns
from query_gateway.core.failures import failure
from query_gateway.core.refusals import QuestionRefused, Reason

log = structlog.get_logger()

_SOURCE = "tidelake-query-gateway"
_CONNECT_S, _ANSWER_S, _CANCEL_S = (
    3.0,
    30.0,
    5.0,
)  # Trino answers a poll within a second, with or without rows
_TRIES_AT_A_PAGE, _BETWEEN_S = 20, 0.1
_IN_A_THREAD_BYTES = 256 * 1024  # of JSON; a page has up to 16 MiB
_PASSING = (502, 503, 504)
_NO_ANSWER = (aiohttp.ClientError, TimeoutError)
_NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class _Said:
    """An answer of Trino's to one request. aiohttp's own gives its body until it is released, not later."""

    status: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Read:
    """A page of Trino's, and its size in bytes."""

    page: dict[str, Any]
    size: int


class Trino:
    """One Trino, spoken to as the gateway in the name of others. For one event loop."""

    def __init__(
        self, url: str, certificate: Path | None, token: Callable[[], str], retry_after: timedelta
    ) -> None:
        """`certificate`: the only one to trust; None: those that the machine trusts. Wants a running loop."""
        self._url = url.rstrip("/")
        self._token = token
        self._retry_after = retry_after
        # By itself it heeds no proxy that the environment names.
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0,
                keepalive_timeout=30,
                ssl=ssl.create_default_context(cafile=str(certificate)) if certificate else True,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(connect=_CONNECT_S, sock_read=_ANSWER_S),
        )
        self._behind: set[asyncio.Task[None]] = set()

    async def start(
        self, sql: str, user: str, time_limit: timedelta, headers: Mapping[str, str]
    ) -> Statement:
        """Begins a statement, which ends if the caller is cancelled here. Raises QuestionRefused."""
        sent = {
            **headers,
            "Content-Type": "text/plain; charset=utf-8",
            "X-Trino-User": user,
            "X-Trino-Source": _SOURCE,
            "X-Trino-Time-Zone": "UTC",
            "X-Trino-Client-Capabilities": "PARAMETRIC_DATETIME",
            "X-Trino-Session": f"query_max_execution_time={max(1, round(time_limit.total_seconds()))}s",
        }
        post = asyncio.ensure_future(self._post(sql, sent))
        try:
            read = await asyncio.shield(post)
        except asyncio.CancelledError:
            self._soon(self._cancel_started(post))
            raise
        return Statement(self, read)

    async def get(self, uri: str, query_id: str) -> Read:
        """The page there. Trino gives the same page again, so a lost answer is asked for once more."""
        for tries_left in reversed(range(_TRIES_AT_A_PAGE)):
            try:
                said = await self._ask("GET", uri)
            except aiohttp.ClientConnectorError as error:
                raise self._away(error, query_id) from error
            except _NO_ANSWER as error:
                if not tries_left:
                    raise self._away(error, query_id) from error
            else:
                if said.status not in _PASSING or not tries_left:
                    return await self._page(said, query_id)
            await asyncio.sleep(_BETWEEN_S)
        raise AssertionError("the last try returns or raises")

    def cancel(self, uri: str, query_id: str) -> None:
        """Ends a statement, beside everything else: whoever asked for it may be gone already."""
        self._soon(self._delete(uri, query_id))

    def fail(self, error: Mapping[str, Any], query_id: str) -> QuestionRefused:
        return failure(error, query_id, self._retry_after)

    async def close(self) -> None:
        """Sends the cancellations that are still to be sent, and closes the connections."""
        if self._behind:
            await asyncio.wait(self._behind, timeout=_CANCEL_S)
        await self._http.close()

    async def _post(self, sql: str, headers: Mapping[str, str]) -> Read:
        try:
            said = await self._ask("POST", f"{self._url}/v1/statement", headers, sql)
        except _NO_ANSWER as error:
            raise self._away(error) from error
        return await self._page(said)

    async def _ask(
        self, method: str, uri: str, headers: Mapping[str, str] = _NONE, sql: str | None = None
    ) -> _Said:
        """One request. Raises _NO_ANSWER."""
        # Redirects are not followed: they would carry the login elsewhere.
        asked = self._http.request(
            method,
            uri,
            headers={**headers, "Authorization": f"Bearer {self._token()}"},
            data=None if sql is None else sql.encode(),
            allow_redirects=False,
        )
        async with asked as answer:
            return _Said(answer.status, await answer.read())

    async def _page(self, said: _Said, query_id: str | None = None) -> Read:
        status, content = said.status, said.content
        if status in _PASSING:
            raise refusals.trino_away(f"it answers {status}", self._retry_after, query_id)
        if status in (404, 410) and query_id:
            raise refusals.trino_away(
                "it has forgotten the query, as after a restart", self._retry_after, query_id
            )
        if status != 200:
            raise QuestionRefused(
                Reason.TRINO_FAILED,
                f"Trino refuses the gateway itself: {status} {content[:200].decode(errors='replace')}.",
                "Whoever runs the lake must see to the gateway's login; its log says the same.",
                query_id=query_id,
            )
        is_large = len(content) > _IN_A_THREAD_BYTES
        page = await asyncio.to_thread(orjson.loads, content) if is_large else orjson.loads(content)
        return Read(page, len(content))

    async def _cancel_started(self, post: asyncio.Future[Read]) -> None:
        try:
            page = (await post).page
        except QuestionRefused:
            return  # it never began
        if "nextUri" in page:
            await self._delete(page["nextUri"], page["id"])

    async def _delete(self, uri: str, query_id: str) -> None:
        try:
            async with asyncio.timeout(_CANCEL_S):
                await self._ask("DELETE", uri)
        except _NO_ANSWER as error:
            # Trino ends it by its time limit, or as nobody reads on.
            log.warning("query_not_cancelled", query_id=query_id, message=repr(error))
        else:
            log.info("query_cancelled", query_id=query_id)

    def _soon(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._behind.add(task)  # the loop itself would not keep it
        task.add_done_callback(self._behind.discard)

    def _away(self, error: Exception, query_id: str | None = None) -> QuestionRefused:
        return refusals.trino_away(type(error).__name__, self._retry_after, query_id)


class Statement:
    """One statement under way. `step()` until `done`."""

    def __init__(self, trino: Trino, read: Read) -> None:
        self._trino = trino
        self._next: str | None = None
        self._page = read.page
        self.query_id: str = read.page["id"]
        self.bytes_read = read.size
        """Of what Trino sent, as JSON, since the statement began."""
        self.columns: tuple[Column, ...] = ()

    @property
    def done(self) -> bool:
        """Trino has said all that it will say."""
        return self._next is None

    def begun(self) -> Sequence[Row]:
        """What the very first answer holds. Raises QuestionRefused."""
        return self._taken(self._page)

    async def step(self) -> Sequence[Row]:
        """The next rows; none while Trino is still at work, too. Raises QuestionRefused."""
        assert self._next is not None
        read = await self._trino.get(self._next, self.query_id)
        self.bytes_read += read.size
        return self._taken(read.page)

    def cancel(self) -> None:
        """Ends it in Trino, unless it has ended."""
        if self._next is not None:
            self._trino.cancel(self._next, self.query_id)
            self._next = None

    def _taken(self, page: dict[str, Any]) -> Sequence[Row]:
        self._next = page.get("nextUri")
        if error := page.get("error"):
            self._next = None
            raise self._trino.fail(error, self.query_id)
        if not self.columns and page.get("columns"):
            self.columns = parse_columns(page["columns"])
        return page.get("data") or ()
