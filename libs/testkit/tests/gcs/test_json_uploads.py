"""JSON API: uploads in one request."""

import base64

import google_crc32c
from tidelake.testkit.gcs.attributes import Document
from tidelake.testkit.gcs.in_process import Ask
from tidelake.testkit.gcs.objects import digest_of

UPLOAD = "POST /upload/storage/v1/b/lake/o?uploadType="
CRC = digest_of(b"content").crc32c_base64


def _related(metadata: bytes, content: bytes) -> tuple[bytes, dict[str, str]]:
    body = (
        b"--mark\r\ncontent-type: application/json; charset=UTF-8\r\n\r\n"
        + metadata
        + b"\r\n--mark\r\ncontent-type: text/csv\r\n\r\n"
        + content
        + b"\r\n--mark--"
    )
    return body, {"content-type": 'multipart/related; boundary="mark"'}


def _upload(ask: Ask, metadata: bytes, content: bytes = b"content", query: str = "") -> Document:
    body, headers = _related(metadata, content)
    return ask.json(f"{UPLOAD}multipart{query}", body, headers)


def test_a_media_upload_is_the_body(ask: Ask) -> None:
    document = ask.json(f"{UPLOAD}media&name=a%2Fb", b"content", {"content-type": "text/csv"})
    assert (document["name"], document["contentType"], document["crc32c"]) == ("a/b", "text/csv", CRC)


def test_a_multipart_upload_is_metadata_and_content(ask: Ask) -> None:
    document = _upload(ask, b'{"name": "a/b", "metadata": {"k": "v"}}', b"with \r\n--line ends\r\n")
    assert (document["name"], document["contentType"], document["metadata"]) == (
        "a/b",
        "text/csv",
        {"k": "v"},
    )
    assert ask.content("a%2Fb") == b"with \r\n--line ends\r\n"


def test_the_name_may_stand_in_the_query(ask: Ask) -> None:
    assert _upload(ask, b"{}", query="&name=a")["name"] == "a"
    body, headers = _related(b"{}", b"content")
    assert ask(f"{UPLOAD}multipart", body, headers).status == 400


def test_content_that_is_not_what_its_hash_says_is_refused(ask: Ask) -> None:
    for metadata in (b'{"name": "a", "crc32c": "AAAAAA=="}', b'{"name": "a", "md5Hash": "AAAAAA=="}'):
        body, headers = _related(metadata, b"content")
        assert ask(f"{UPLOAD}multipart", body, headers).status == 400
    for wrong in ({"x-goog-hash": "crc32c=AAAAAA=="}, {"content-md5": "AAAAAA=="}):
        assert ask(f"{UPLOAD}media&name=a", b"content", wrong).status == 400
        assert ask("PUT /lake/a", b"content", wrong).status == 400
    assert ask.content("a") is None


def test_content_that_is_what_its_hash_says_is_taken(ask: Ask) -> None:
    assert base64.b64encode(google_crc32c.Checksum(b"content").digest()).decode() == CRC
    assert _upload(ask, f'{{"name": "a", "crc32c": "{CRC}"}}'.encode())["crc32c"] == CRC


def test_a_body_that_was_cut_off_is_refused(ask: Ask) -> None:
    body, headers = _related(b'{"name": "a"}', b"content")
    assert ask(f"{UPLOAD}multipart", body[:-12], headers).status == 400
    assert ask(f"{UPLOAD}multipart", body, {"content-type": "multipart/related"}).status == 400
    assert ask.content("a") is None


def test_a_packed_body_is_refused_rather_than_stored_unpacked(ask: Ask) -> None:
    packed = {"content-encoding": "gzip"}
    assert ask(f"{UPLOAD}media&name=a", b"content", packed).status == 501
    assert ask("PUT /lake/a", b"content", packed).status == 501
