"""Reading content whole and in part."""

import base64
import hashlib

import google_crc32c
import pytest
from tidelake.testkit.gcs.in_process import Ask

CONTENT = b"0123456789"
DOWNLOAD = "GET /download/storage/v1/b/lake/o/a?alt=media"


@pytest.mark.parametrize(
    ("asked", "expected", "content_range"),
    [
        ("bytes=0-3", b"0123", "bytes 0-3/10"),
        ("bytes=4-", b"456789", "bytes 4-9/10"),
        ("bytes=8-100", b"89", "bytes 8-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=-30", CONTENT, "bytes 0-9/10"),
    ],
)
@pytest.mark.parametrize("line", ["GET /lake/a", DOWNLOAD])
def test_a_range_is_answered_with_206_and_says_where_it_lies(
    ask: Ask, line: str, asked: str, expected: bytes, content_range: str
) -> None:
    ask.put("a", CONTENT)
    answer = ask(line, headers={"range": asked})
    assert (answer.status, answer.body) == (206, expected)
    assert answer.headers["content-range"] == content_range


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=11-20", "bytes=-0"])
def test_a_range_behind_the_end_is_refused(ask: Ask, asked: str) -> None:
    ask.put("a", CONTENT)
    assert ask("GET /lake/a", headers={"range": asked}).status == 416


@pytest.mark.parametrize("asked", ["bytes=-", "bytes=5-3", "lines=1-2", "bytes=0-1,3-4"])
def test_what_is_no_single_range_gives_the_whole(ask: Ask, asked: str) -> None:
    ask.put("a", CONTENT)
    answer = ask("GET /lake/a", headers={"range": asked})
    assert (answer.status, answer.body) == (200, CONTENT)


@pytest.mark.parametrize("line", ["GET /lake/a", "HEAD /lake/a", DOWNLOAD])
def test_the_hashes_are_those_of_the_content(ask: Ask, line: str) -> None:
    generation = ask.put("a", CONTENT)
    headers = ask(line).headers
    crc32c = base64.b64encode(google_crc32c.Checksum(CONTENT).digest()).decode()
    md5 = base64.b64encode(hashlib.md5(CONTENT).digest()).decode()
    assert headers["x-goog-hash"] == f"crc32c={crc32c},md5={md5}"
    assert headers["etag"] == f'"{hashlib.md5(CONTENT).hexdigest()}"'
    assert headers["x-goog-generation"] == generation
    assert headers["x-goog-stored-content-length"] == "10"


def test_the_date_is_an_http_date(ask: Ask) -> None:
    ask.put("a")
    assert ask("GET /lake/a").headers["last-modified"] == "Tue, 01 Jan 2013 00:00:00 GMT"


def test_a_head_answer_has_the_length_and_no_body(ask: Ask) -> None:
    ask.put("a", CONTENT)
    answer = ask("HEAD /lake/a")
    assert (answer.headers["content-length"], answer.body) == ("10", b"")


def test_packed_content_is_given_as_it_is_to_those_who_can_unpack_it(ask: Ask) -> None:
    ask.json("POST /upload/storage/v1/b/lake/o?uploadType=media&name=a", CONTENT)
    ask.json("PATCH /storage/v1/b/lake/o/a", {"contentEncoding": "gzip"})
    assert ask(DOWNLOAD, headers={"accept-encoding": "gzip"}).headers["content-encoding"] == "gzip"
    assert ask(DOWNLOAD).status == 501
