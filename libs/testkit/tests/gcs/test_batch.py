"""JSON API: many calls in one request."""

import pytest
from tidelake.testkit.gcs.in_process import Ask
from tidelake.testkit.gcs.multipart_body import Part, split_parts

TYPE = {"content-type": 'multipart/mixed; boundary="mark"'}


def _batch(*calls: str, line_end: str = "\r\n") -> bytes:
    lines: list[str] = []
    for number, call in enumerate(calls, start=1):
        lines += [
            "--mark",
            "Content-Type: application/http",
            f"Content-ID: <{number}>",
            "",
            *call.split("\n"),
            "",
        ]
    return line_end.join([*lines, "--mark--", ""]).encode()


def _ask(ask: Ask, body: bytes) -> list[Part]:
    answer = ask("POST /batch/storage/v1", body, TYPE)
    assert answer.status == 200, answer
    return split_parts(answer.headers["content-type"], answer.body)


@pytest.mark.parametrize("line_end", ["\r\n", "\n"])
def test_each_part_is_answered_in_order_as_if_it_had_come_alone(ask: Ask, line_end: str) -> None:
    for name in "abc":
        ask.put(name)
    body = _batch(
        "DELETE /storage/v1/b/lake/o/a HTTP/1.1\n",
        "DELETE http://emulator/storage/v1/b/lake/o/absent?ifGenerationMatch=1 HTTP/1.1\n",
        'PATCH /storage/v1/b/lake/o/b HTTP/1.1\nX-Any: thing\n\n{"contentType": "text/csv"}',
        "POST /storage/v1/b/lake/o/c/moveTo/o/d?ifGenerationMatch=0 HTTP/1.1\nContent-Length: 0\n",
        line_end=line_end,
    )
    parts = _ask(ask, body)
    assert [part.body.split(b"\r\n")[0] for part in parts] == [
        b"HTTP/1.1 204 No Content",
        b"HTTP/1.1 404 Not Found",
        b"HTTP/1.1 200 OK",
        b"HTTP/1.1 200 OK",
    ]
    assert parts[2].headers["content-id"] == "<response-3>"
    assert b'"contentType":"text/csv"' in parts[2].body
    assert (ask.content("a"), ask.content("c"), ask.content("d")) == (None, None, b"content")


def test_a_call_that_does_not_go_into_a_batch_fails_alone(ask: Ask) -> None:
    ask.put("a")
    uploads = "POST /upload/storage/v1/b/lake/o?uploadType=media&name=b HTTP/1.1\n"
    parts = _ask(ask, _batch(uploads, "DELETE /storage/v1/b/lake/o/a HTTP/1.1\n"))
    assert parts[0].body.startswith(b"HTTP/1.1 501")
    assert parts[1].body.startswith(b"HTTP/1.1 204")


def test_a_batch_has_a_hundred_calls_at_most(ask: Ask) -> None:
    calls = ["DELETE /storage/v1/b/lake/o/a HTTP/1.1\n"] * 101
    assert ask("POST /batch/storage/v1", _batch(*calls), TYPE).status == 400
