"""The asking client against scripted answers."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, cast

import httpx
import orjson
import pyarrow as pa
import pytest
from tidelake.client import Column, NotAnswered, QueryClient, QueryRefused

VERSIONS = {"silver.flights": 7}
Answer = httpx.Response | Exception


class Script:
    """Answers requests in turn."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def asked(self) -> Any:
        return orjson.loads(self.requests[0].content)


def client(script: Script) -> QueryClient:
    return QueryClient("http://gateway", "tl_key", transport=httpx.MockTransport(script))


def page(rows: list[list[Any]], following: str | None = None, *, cut: bool = False) -> httpx.Response:
    columns = [{"name": "carrier", "type": "varchar"}, {"name": "flights", "type": "bigint"}]
    content = {"query_id": "q", "versions": VERSIONS, "columns": columns, "rows": rows}
    return httpx.Response(200, content=orjson.dumps({**content, "next": following, "cut": cut}))


def refusal(status: int, headers: dict[str, str] | None = None) -> httpx.Response:
    content = {"type": "urn:tidelake:problem:why", "title": "No", "detail": "Why.", "next_step": "Do."}
    return httpx.Response(status, headers=headers, content=orjson.dumps({**content, "query_id": "q1"}))


def arrow(*, whole: bool = True, cut: bool = False) -> httpx.Response:
    """Two batches of the gateway's, and the last one that says so."""
    schema = pa.schema([("carrier", pa.string())])
    sink = pa.BufferOutputStream()
    with cast("Any", pa.ipc).new_stream(sink, schema) as writer:
        for carrier in ("UA", "DL"):
            writer.write_batch(pa.record_batch([pa.array([carrier])], schema=schema))
        if whole:
            told = {b"tidelake.rows": b"2", b"tidelake.cut": b"true" if cut else b"false"}
            empty = pa.record_batch([pa.array([], pa.string())], schema=schema)
            writer.write_batch(empty, custom_metadata=told)
    headers = {"x-tidelake-query-id": "q", "x-tidelake-versions": orjson.dumps(VERSIONS).decode()}
    return httpx.Response(200, headers=headers, content=sink.getvalue().to_pybytes())


def test_rows_come_page_by_page_and_say_what_they_are_of() -> None:
    script = Script(page([["UA", 1], ["DL", 2]], "/v1/query/s/1"), page([["AA", 3]], cut=True))
    with client(script) as lake, lake.query("select 1") as rows:
        assert (rows.query_id, rows.versions, rows.cut) == ("q", VERSIONS, False)
        assert rows.columns == (Column("carrier", "varchar"), Column("flights", "bigint"))
        assert list(rows) == [("UA", 1), ("DL", 2), ("AA", 3)]
        assert rows.cut
    assert [request.method for request in script.requests] == ["POST", "GET"]
    assert script.requests[0].headers["authorization"] == "Bearer tl_key"


def test_leaving_before_the_end_cancels_the_query() -> None:
    script = Script(page([["UA", 1]], "/v1/query/s/1"), httpx.Response(204))
    with client(script) as lake, lake.query("select 1") as rows:
        assert next(iter(rows)) == ("UA", 1)
    assert (script.requests[1].method, script.requests[1].url.path) == ("DELETE", "/v1/query/s")
    rows.close()
    assert len(script.requests) == 2


def test_what_is_not_said_is_left_to_the_gateway_and_times_are_told_with_their_zone() -> None:
    script = Script(page([]))
    at = datetime(2026, 1, 1, 2, tzinfo=timezone(timedelta(hours=2)))
    with client(script) as lake:
        lake.query("select ?", ["x"], as_of=at, timeout=timedelta(seconds=3))
    assert script.asked == {
        "sql": "select ?",
        "parameters": ["x"],
        "as_of": datetime(2026, 1, 1, tzinfo=UTC).isoformat(),
        "timeout_s": 3,
    }


def test_an_arrow_answer_is_one_table_with_its_versions() -> None:
    script = Script(arrow(cut=True))
    with client(script) as lake:
        found = lake.arrow("select 1", as_of=VERSIONS, max_rows=2)
    assert found.table.to_pydict() == {"carrier": ["UA", "DL"]}
    assert (found.query_id, found.versions, found.cut) == ("q", VERSIONS, True)
    assert (script.asked["as_of"], script.asked["max_rows"]) == (VERSIONS, 2)


def test_an_arrow_answer_that_broke_off_is_none() -> None:
    torn = arrow()
    torn = httpx.Response(200, headers=torn.headers, content=torn.content[:-200])
    for answer in (arrow(whole=False), torn):
        with client(Script(answer)) as lake, pytest.raises(NotAnswered, match="broke off"):
            lake.arrow("select 1")


ASK: list[Callable[[QueryClient], Any]] = [lambda lake: lake.query("x"), lambda lake: lake.arrow("x")]


@pytest.mark.parametrize("ask", ASK)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
def test_a_refusal_says_why_and_which_query_it_was(ask: Callable[[QueryClient], Any], status: int) -> None:
    with client(Script(refusal(status))) as lake, pytest.raises(QueryRefused, match=r"Why\. Do\.") as caught:
        ask(lake)
    problem = caught.value.problem
    assert (problem.type, problem.status, problem.query_id) == ("why", status, "q1")


@pytest.mark.parametrize("ask", ASK)
@pytest.mark.parametrize(
    "answer",
    [refusal(429, {"retry-after": "2"}), refusal(502), refusal(503), refusal(504), httpx.ReadError("cut")],
)
def test_what_may_pass_is_told_apart(ask: Callable[[QueryClient], Any], answer: Answer) -> None:
    with client(Script(answer)) as lake, pytest.raises(NotAnswered) as caught:
        ask(lake)
    later = timedelta(seconds=2) if getattr(answer, "status_code", 0) == 429 else None
    assert caught.value.retry_after == later


def test_a_time_without_a_zone_is_not_guessed() -> None:
    script = Script()
    with client(script) as lake, pytest.raises(ValueError, match="has no zone"):
        lake.query("select 1", as_of=datetime(2026, 1, 1))  # noqa: DTZ001 - what is refused
    assert script.requests == []
