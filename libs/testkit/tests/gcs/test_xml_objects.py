"""XML API: one object, listings, copies."""

from xml.etree import ElementTree

from tidelake.testkit.gcs.in_process import Ask

SPACE = "{http://doc.s3.amazonaws.com/2006-03-01}"


def _list(ask: Ask, query: str) -> tuple[list[str], list[str], str | None]:
    answer = ask(f"GET /lake?list-type=2&{query}")
    assert answer.status == 200
    root = ElementTree.fromstring(answer.body)
    keys = [key.text or "" for key in root.iterfind(f"{SPACE}Contents/{SPACE}Key")]
    prefixes = [key.text or "" for key in root.iterfind(f"{SPACE}CommonPrefixes/{SPACE}Prefix")]
    return keys, prefixes, root.findtext(f"{SPACE}NextContinuationToken")


def test_what_is_put_is_what_is_got(ask: Ask) -> None:
    written = ask("PUT /lake/a", b"content", {"content-type": "text/csv", "x-goog-meta-k": "v"})
    read = ask("GET /lake/a")
    assert (read.status, read.body, read.headers["content-type"]) == (200, b"content", "text/csv")
    assert read.headers["x-goog-meta-k"] == "v"
    for header in ("etag", "x-goog-generation"):
        assert written.headers[header] == read.headers[header]


def test_what_is_absent_is_not_found(ask: Ask) -> None:
    answer = ask("GET /lake/a")
    assert (answer.status, b"<Code>NoSuchKey</Code>" in answer.body) == (404, True)
    assert ask("HEAD /lake/a").status == 404


def test_a_deleted_object_is_gone_and_its_answer_is_empty(ask: Ask) -> None:
    ask.put("a")
    answer = ask("DELETE /lake/a")
    assert (answer.status, answer.body, dict(answer.headers)) == (204, b"", {})
    assert ask.content("a") is None


def test_a_listing_rolls_up_and_starts_behind_a_key(ask: Ask) -> None:
    for name in ("t%2F0", "t%2F1", "t%2F2", "t%2Flog%2F0", "u%26%3C"):
        ask.put(name)
    assert _list(ask, "prefix=t%2F&delimiter=%2F")[:2] == (["t/0", "t/1", "t/2"], ["t/log/"])
    assert _list(ask, "prefix=t%2F&start-after=t%2F1")[0] == ["t/2", "t/log/0"]
    assert _list(ask, "prefix=u")[0] == ["u&<"]


def test_a_listing_has_pages(ask: Ask) -> None:
    for name in "abc":
        ask.put(name)
    keys, _, token = _list(ask, "max-keys=2")
    assert (keys, token is None) == (["a", "b"], False)
    assert _list(ask, f"max-keys=2&continuation-token={token}") == (["c"], [], None)


def test_a_copy_has_its_own_condition(ask: Ask) -> None:
    ask.put("a", b"content")
    absent = {"x-goog-copy-source": "lake/a", "x-goog-if-generation-match": "0"}
    answer = ask("PUT /lake/b", b"", absent)
    assert (answer.status, b"<ETag>" in answer.body, ask.content("b")) == (200, True, b"content")
    ask.put("a", b"newer")
    assert ask("PUT /lake/b", b"", absent).status == 412
    assert ask("PUT /lake/b", b"", {"x-goog-copy-source": "lake/absent"}).status == 404
    assert ask.content("b") == b"content"
