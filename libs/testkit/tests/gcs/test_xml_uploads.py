"""XML API: uploads in parts."""

from xml.etree import ElementTree

from tidelake.testkit.gcs.in_process import Ask

PART = 5 * 1024 * 1024


def _start(ask: Ask, headers: dict[str, str] | None = None) -> str:
    answer = ask("POST /lake/a?uploads=", headers=headers)
    assert answer.status == 200
    return ElementTree.fromstring(answer.body).findtext("UploadId") or ""


def _put(ask: Ask, upload: str, number: int, content: bytes) -> str:
    answer = ask(f"PUT /lake/a?partNumber={number}&uploadId={upload}", content)
    assert answer.status == 200
    return answer.headers["etag"]


def _parts(*etags: str) -> bytes:
    listed = "".join(
        f"<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>"
        for number, etag in enumerate(etags, start=1)
    )
    return f"<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>".encode()


def test_parts_are_joined_in_order_and_nothing_is_visible_before(ask: Ask) -> None:
    upload = _start(ask, {"content-type": "text/csv"})
    second = _put(ask, upload, 2, b"end")
    first = _put(ask, upload, 1, b"1" * PART)
    assert ask.content("a") is None
    answer = ask(f"POST /lake/a?uploadId={upload}", _parts(first, second))
    assert (answer.status, b"<ETag>" in answer.body) == (200, True)
    assert ask.content("a") == b"1" * PART + b"end"
    assert ask("GET /lake/a").headers["content-type"] == "text/csv"
    assert list((ask.directory / "uploads").iterdir()) == []


def test_a_part_that_is_sent_again_takes_the_place_of_the_one_before(ask: Ask) -> None:
    upload = _start(ask)
    old = _put(ask, upload, 1, b"old")
    new = _put(ask, upload, 1, b"new")
    assert ask(f"POST /lake/a?uploadId={upload}", _parts(old)).status == 400
    assert ask(f"POST /lake/a?uploadId={upload}", _parts(new)).status == 200
    assert ask.content("a") == b"new"


def test_the_condition_is_checked_at_the_end(ask: Ask) -> None:
    absent = {"x-goog-if-generation-match": "0"}
    for started, completed in ((absent, {}), ({}, absent)):
        upload = _start(ask, started)
        etag = _put(ask, upload, 1, b"late")
        ask.put("a", b"came between")
        assert ask(f"POST /lake/a?uploadId={upload}", _parts(etag), completed).status == 412
        assert ask.content("a") == b"came between"
        ask("DELETE /lake/a")
        # The upload is still open, and its condition holds now.
        assert ask(f"POST /lake/a?uploadId={upload}", _parts(etag), completed).status == 200
        ask("DELETE /lake/a")


def test_an_aborted_upload_is_gone(ask: Ask) -> None:
    upload = _start(ask)
    etag = _put(ask, upload, 1, b"1")
    assert ask(f"DELETE /lake/a?uploadId={upload}").status == 204
    assert ask(f"POST /lake/a?uploadId={upload}", _parts(etag)).status == 404
    assert list((ask.directory / "uploads").iterdir()) == []


def test_what_is_no_list_of_the_parts_is_refused(ask: Ask) -> None:
    upload = _start(ask)
    small, end = _put(ask, upload, 1, b"1"), _put(ask, upload, 2, b"2")
    for body in (b"", b"<no", _parts(), _parts(end), _parts(small, end, end), _parts(small, end)):
        assert ask(f"POST /lake/a?uploadId={upload}", body).status == 400
    assert ask(f"PUT /lake/a?partNumber=0&uploadId={upload}", b"0").status == 400
    assert ask.content("a") is None


def test_an_upload_belongs_to_one_object(ask: Ask) -> None:
    upload = _start(ask)
    assert ask(f"PUT /lake/b?partNumber=1&uploadId={upload}", b"1").status == 404
