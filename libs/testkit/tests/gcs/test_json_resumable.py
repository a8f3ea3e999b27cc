"""JSON API: uploads in pieces."""

import orjson
import pytest
from tidelake.testkit.gcs.exchange import Response
from tidelake.testkit.gcs.in_process import Ask

KIB = 1024
PIECE = 256 * KIB


def _start(ask: Ask, query: str = "", metadata: dict[str, str] | None = None) -> str:
    answer = ask(f"POST /upload/storage/v1/b/lake/o?uploadType=resumable&name=a{query}", metadata or {})
    assert answer.status == 200
    return answer.headers["location"].removeprefix("http://emulator")


def _send(ask: Ask, location: str, content_range: str, content: bytes = b"") -> Response:
    return ask(f"PUT {location}", content, {"content-range": content_range})


def test_an_upload_in_one_piece_is_there_when_it_is_answered(ask: Ask) -> None:
    answer = _send(ask, _start(ask), "bytes 0-6/7", b"content")
    assert (answer.status, orjson.loads(answer.body)["size"]) == (200, "7")
    assert ask.content("a") == b"content"


def test_an_upload_may_be_empty_or_without_a_range(ask: Ask) -> None:
    assert _send(ask, _start(ask), "bytes */0").status == 200
    assert ask.content("a") == b""
    assert ask(f"PUT {_start(ask)}", b"whole").status == 200
    assert ask.content("a") == b"whole"


def test_pieces_are_joined_and_nothing_is_visible_before_the_last(ask: Ask) -> None:
    location = _start(ask)
    unknown = _send(ask, location, "bytes */*")
    assert (unknown.status, "range" in unknown.headers) == (308, False)
    first = _send(ask, location, f"bytes 0-{PIECE - 1}/*", b"1" * PIECE)
    assert (first.status, first.headers["range"]) == (308, f"bytes=0-{PIECE - 1}")
    assert ask.content("a") is None
    last = _send(ask, location, f"bytes {PIECE}-{PIECE + 2}/{PIECE + 3}", b"end")
    assert last.status == 200
    assert ask.content("a") == b"1" * PIECE + b"end"


def test_an_empty_last_request_tells_the_length(ask: Ask) -> None:
    location = _start(ask)
    _send(ask, location, f"bytes 0-{PIECE - 1}/*", b"1" * PIECE)
    assert _send(ask, location, f"bytes */{PIECE}").status == 200
    assert ask.content("a") == b"1" * PIECE


def test_a_piece_that_is_sent_again_counts_once(ask: Ask) -> None:
    location = _start(ask)
    for _ in range(2):
        answer = _send(ask, location, f"bytes 0-{PIECE - 1}/{2 * PIECE}", b"1" * PIECE)
        assert (answer.status, answer.headers["range"]) == (308, f"bytes=0-{PIECE - 1}")
    _send(ask, location, f"bytes 0-{2 * PIECE - 1}/{2 * PIECE}", b"1" * PIECE + b"2" * PIECE)
    assert ask.content("a") == b"1" * PIECE + b"2" * PIECE


def test_the_last_request_sent_again_gets_the_same_answer(ask: Ask) -> None:
    location = _start(ask)
    answers = [_send(ask, location, "bytes 0-6/7", b"content") for _ in range(2)]
    assert answers[0] == answers[1]
    ask.put("a", b"newer")
    assert _send(ask, location, "bytes 0-6/7", b"content") == answers[0]
    assert ask.content("a") == b"newer"


def test_the_condition_is_checked_at_the_start(ask: Ask) -> None:
    ask.put("a")
    line = "POST /upload/storage/v1/b/lake/o?uploadType=resumable&name=a&ifGenerationMatch=0"
    assert ask(line).status == 412


def test_the_condition_is_checked_again_at_the_end(ask: Ask) -> None:
    location = _start(ask, "&ifGenerationMatch=0")
    ask.put("a", b"came between")
    for _ in range(2):
        assert _send(ask, location, "bytes 0-6/7", b"content").status == 412
    assert ask.content("a") == b"came between"


def test_the_hash_is_checked_at_the_end(ask: Ask) -> None:
    location = _start(ask, metadata={"crc32c": "AAAAAA=="})
    assert _send(ask, location, "bytes 0-6/7", b"content").status == 400
    assert ask.content("a") is None


@pytest.mark.parametrize(
    ("content_range", "content"),
    [
        ("bytes 5-6/7", b"et"),  # a hole before it
        ("bytes 0-6/7", b"short"),
        ("bytes 0-6/*", b"content"),  # not the last, and no multiple of 256 KiB
        ("0-6/7", b"content"),
    ],
)
def test_a_piece_that_can_not_be_right_is_refused(ask: Ask, content_range: str, content: bytes) -> None:
    location = _start(ask)
    assert _send(ask, location, content_range, content).status == 400
    assert _send(ask, location, "bytes 0-6/7", b"content").status == 200


def test_an_upload_that_was_never_started_is_not_found(ask: Ask) -> None:
    assert ask("PUT /upload/storage/v1/b/lake/o?uploadType=resumable&upload_id=x", b"").status == 404


def test_a_restart_forgets_uploads_under_way_and_leaves_no_file_of_them(ask: Ask) -> None:
    location = _start(ask)
    _send(ask, location, f"bytes 0-{PIECE - 1}/*", b"1" * PIECE)
    again = ask.reopened()
    assert _send(again, location, f"bytes */{PIECE}").status == 404
    assert list((again.directory / "uploads").iterdir()) == []
    again.store.close()
