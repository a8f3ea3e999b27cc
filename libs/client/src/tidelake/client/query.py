"""Asks the lake over HTTP: rows page by page, or one Arrow table."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self, cast

import httpx
import orjson
import pyarrow as pa
from tidelake.client.answers import parse_problem, parse_retry_after
from tidelake.client.errors import NotAnswered, QueryRefused

AsOf = datetime | Mapping[str, int]
"""A time, or versions by table such as {"silver.flights": 12}; tables that are not named are the newest."""
Parameter = str | int | float | bool | None

_QUERY = "/v1/query"
_ARROW = "application/vnd.apache.arrow.stream"
_ROWS, _CUT = (
    b"tidelake.rows",
    b"tidelake.cut",
)  # metadata of the stream's last batch: without it, it broke off
_PASSING = (429, 502, 503, 504)
_LATER = 5.0  # seconds on top of the query's own limit, for the answer to come


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an answer. `type` is as Trino writes it."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class ArrowAnswer:
    """A whole answer."""

    table: pa.Table
    query_id: str  # Trino's
    versions: Mapping[str, int]  # of each table that was read
    cut: bool  # whether there were more rows than max_rows


class Rows:
    """The rows of one answer, in order, as tuples. Pages are fetched as they are asked for.

    A context manager: leaving it before the end cancels the query.
    """

    def __init__(self, http: httpx.Client, page: dict[str, Any], limit_s: float) -> None:
        self._http = http
        self._limit_s = limit_s
        self._turn(page)
        self.query_id: str = page["query_id"]
        self.versions: Mapping[str, int] = page["versions"]
        self.columns = tuple(Column(one["name"], one["type"]) for one in page["columns"])

    @property
    def cut(self) -> bool:
        """Whether there were more rows than max_rows; known when all were read."""
        return self._cut

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        """Raises QueryRefused, NotAnswered in the middle: then the rows so far are not the whole answer."""
        while True:
            while self._rows:
                yield tuple(self._rows.popleft())
            if self._next is None:
                return
            self._turn(_page(_sent(self._http, "GET", self._next, None, self._limit_s)))

    def close(self) -> None:
        """Cancels the query unless its last page is here."""
        if self._next is not None:
            pages, self._next = self._next.rpartition("/")[0], None
            _sent(self._http, "DELETE", pages, None, _LATER)

    def _turn(self, page: dict[str, Any]) -> None:
        self._rows: deque[list[Any]] = deque(page["rows"])
        self._next: str | None = page["next"]
        self._cut: bool = page["cut"]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class QueryClient:
    """An asker with one API key. Threads may share it; connections are kept. No question is asked twice."""

    def __init__(self, url: str, api_key: str, *, transport: httpx.BaseTransport | None = None) -> None:
        """`url` is the gateway's, such as http://127.0.0.1:18130."""
        headers = {"authorization": f"Bearer {api_key}"}
        self._http = httpx.Client(base_url=url, headers=headers, transport=transport, trust_env=False)

    def query(
        self,
        sql: str,
        parameters: Sequence[Parameter] = (),
        *,
        as_of: AsOf | None = None,
        max_rows: int | None = None,
        timeout: timedelta = timedelta(seconds=60),
        page_rows: int | None = None,
    ) -> Rows:
        """One SELECT over tables named schema.table, with a ? for each parameter. `timeout` is for the whole
        answer, all of its pages.

        Raises QueryRefused: this question will not be answered; NotAnswered: it may be, later. ValueError for
        an `as_of` without a zone: this machine's own would be a guess.
        """
        question = _question(sql, parameters, as_of, max_rows, timeout, page_rows)
        limit = timeout.total_seconds() + _LATER
        return Rows(self._http, _page(_sent(self._http, "POST", _QUERY, question, limit)), limit)

    def arrow(
        self,
        sql: str,
        parameters: Sequence[Parameter] = (),
        *,
        as_of: AsOf | None = None,
        max_rows: int | None = None,
        timeout: timedelta = timedelta(seconds=60),
    ) -> ArrowAnswer:
        """As `query`, with the types of the tables: decimals, times and nested values stay what they are."""
        question = _question(sql, parameters, as_of, max_rows, timeout, None)
        limit = timeout.total_seconds() + _LATER
        try:
            with self._http.stream(
                "POST", _QUERY, content=question, headers={"accept": _ARROW}, timeout=limit
            ) as response:
                if not response.is_success:
                    response.read()
                    _check(response)
                content = response.read()
        except httpx.TransportError as error:
            raise _lost(error) from error
        table, cut = _whole(content)
        headers = response.headers
        return ArrowAnswer(
            table, headers["x-tidelake-query-id"], orjson.loads(headers["x-tidelake-versions"]), cut
        )

    def close(self) -> None:
        """Closes its connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _question(
    sql: str,
    parameters: Sequence[Parameter],
    as_of: AsOf | None,
    max_rows: int | None,
    timeout: timedelta,
    page_rows: int | None,
) -> bytes:
    if isinstance(as_of, datetime):
        if as_of.utcoffset() is None:
            raise ValueError(f"as_of {as_of} has no zone: give it one, such as by .replace(tzinfo=UTC).")
        asked: object = as_of.astimezone(UTC).isoformat()
    else:
        asked = as_of
    given: dict[str, Any] = {
        "sql": sql,
        "parameters": list(parameters),
        "as_of": asked,
        "max_rows": max_rows,
        "timeout_s": timeout.total_seconds(),
        "page_rows": page_rows,
    }
    return orjson.dumps({name: value for name, value in given.items() if value is not None})


def _sent(
    http: httpx.Client, method: str, path: str, content: bytes | None, limit_s: float
) -> httpx.Response:
    try:
        response = http.request(method, path, content=content, timeout=limit_s)
    except httpx.TransportError as error:
        raise _lost(error) from error
    _check(response)
    return response


def _check(response: httpx.Response) -> None:
    if response.is_success:
        return
    problem = parse_problem(response.content, response.status_code)
    if response.status_code in _PASSING:
        raise NotAnswered(problem, parse_retry_after(response.headers))
    raise QueryRefused(problem)


def _lost(error: httpx.TransportError) -> NotAnswered:
    return NotAnswered.unreachable(f"{type(error).__name__}: {error}")


def _page(response: httpx.Response) -> dict[str, Any]:
    return cast("dict[str, Any]", orjson.loads(response.content))


def _whole(content: bytes) -> tuple[pa.Table, bool]:
    """The table of a stream that came to its end, and whether rows were cut off. Raises NotAnswered."""
    batches: list[pa.RecordBatch] = []
    said: Mapping[bytes, bytes] = {}
    try:
        with cast("Any", pa.ipc).open_stream(pa.BufferReader(content)) as reader:
            schema = reader.schema
            while True:
                try:
                    batch, metadata = reader.read_next_batch_with_custom_metadata()
                except StopIteration:
                    break
                batches.append(batch)
                said = dict(metadata or {})
    except pa.ArrowInvalid as error:
        raise NotAnswered.unreachable(f"the answer broke off: {error}") from error
    if _ROWS not in said:
        raise NotAnswered.unreachable("the answer broke off before its last batch")
    return pa.Table.from_batches(batches, schema), said[_CUT] == b"true"
