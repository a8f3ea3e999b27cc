"""JSON API: metadata, content, listings, buckets."""

import base64
import hashlib
from dataclasses import replace

import orjson
from tidelake.testkit.gcs.attributes import Document
from tidelake.testkit.gcs.in_process import Ask

LIST = "GET /storage/v1/b/lake/o"


def _names(page: Document) -> list[str]:
    return [item["name"] for item in page.get("items", [])]


def test_a_document_says_everything_about_its_object(ask: Ask) -> None:
    generation = ask.put("a%2Fb%20c", b"content")
    document = ask.json("GET /storage/v1/b/lake/o/a%2Fb%20c?projection=full")
    assert document["name"] == "a/b c"
    assert (document["bucket"], document["generation"], document["size"]) == ("lake", generation, "7")
    assert document["md5Hash"] == base64.b64encode(hashlib.md5(b"content").digest()).decode()
    assert document["timeCreated"] == "2013-01-01T00:00:00.000Z"
    assert document["mediaLink"].startswith("http://emulator/download/storage/v1/b/lake/o/a%2Fb%20c?")


def test_an_older_generation_is_gone(ask: Ask) -> None:
    old = ask.put("a", b"old")
    new = ask.put("a", b"new")
    download = "GET /download/storage/v1/b/lake/o/a?alt=media&generation="
    assert ask(download + new).body == b"new"
    assert ask(download + old).status == 404


def test_a_bucket_is_made_once(ask: Ask) -> None:
    assert ask("POST /storage/v1/b?project=p", {"name": "second"}).status == 200
    assert ask("POST /storage/v1/b?project=p", {"name": "second"}).status == 409
    assert ask.json("GET /storage/v1/b/second")["name"] == "second"
    assert ask("GET /storage/v1/b/third").status == 404
    assert ask("POST /storage/v1/b?project=p", {}).status == 400


def test_an_unknown_bucket_is_named(ask: Ask) -> None:
    for line in ("GET /storage/v1/b/other/o", "GET /storage/v1/b/other/o/a", "PUT /other/a"):
        answer = ask(line)
        assert answer.status == 404
        assert b"other" in answer.body


def test_a_listing_has_pages(ask: Ask) -> None:
    for name in "abc":
        ask.put(name)
    first = ask.json(f"{LIST}?maxResults=2")
    second = ask.json(f"{LIST}?maxResults=2&pageToken={first['nextPageToken']}")
    assert (_names(first), _names(second)) == (["a", "b"], ["c"])
    assert "nextPageToken" not in second


def test_a_page_never_has_more_than_a_thousand(ask: Ask) -> None:
    bucket = ask.store.bucket("lake")
    ask.put("n")
    stored = ask.store.get("lake", "n")
    for number in range(1005):
        bucket.set(replace(stored, name=f"n{number:04d}"))
    page = ask.json(f"{LIST}?maxResults=5000")
    assert len(page["items"]) == 1000
    assert len(ask.json(f"{LIST}?maxResults=5000&pageToken={page['nextPageToken']}")["items"]) == 6


def test_a_folder_is_asked_for_as_the_hadoop_connector_does(ask: Ask) -> None:
    ask.put("t%2Flog%2F0")
    page = ask.json(f"{LIST}?prefix=t/&delimiter=/&includeTrailingDelimiter=true&maxResults=1")
    assert (_names(page), page["prefixes"]) == ([], ["t/log/"])
    assert ask.json(f"{LIST}?prefix=u/&delimiter=/&includeTrailingDelimiter=true&maxResults=1") == {
        "kind": "storage#objects"
    }


def test_a_listing_starts_and_ends_where_it_is_told_to(ask: Ask) -> None:
    for name in "abcd":
        ask.put(name)
    assert _names(ask.json(f"{LIST}?startOffset=b&endOffset=d")) == ["b", "c"]
    assert _names(ask.json(f"{LIST}?matchGlob=%7Ba,d%7D")) == ["a", "d"]


def test_a_page_that_nobody_gave_out_is_refused(ask: Ask) -> None:
    assert ask(f"{LIST}?pageToken=x").status == 400
    assert ask(f"{LIST}?maxResults=0").status == 400
    assert ask(f"{LIST}?maxResults=some").status == 400


def test_a_patch_changes_what_is_said_and_not_the_content(ask: Ask) -> None:
    generation = ask.put("a", b"content")
    ask.json("PATCH /storage/v1/b/lake/o/a", {"metadata": {"k": "v", "l": "w"}, "cacheControl": "no-store"})
    document = ask.json(
        "PATCH /storage/v1/b/lake/o/a", {"metadata": {"k": None}, "contentType": "text/plain"}
    )
    assert document["metadata"] == {"l": "w"}
    assert (document["contentType"], document["cacheControl"]) == ("text/plain", "no-store")
    assert (document["generation"], document["metageneration"]) == (generation, "3")
    assert ask.content("a") == b"content"
    assert "metadata" not in ask.json("PATCH /storage/v1/b/lake/o/a", {"metadata": None})


def test_a_patch_of_anything_else_is_refused(ask: Ask) -> None:
    ask.put("a")
    answer = ask("PATCH /storage/v1/b/lake/o/a", {"retention": {}})
    assert (answer.status, b"retention" in answer.body) == (501, True)


def test_a_body_that_is_no_json_object_is_refused(ask: Ask) -> None:
    ask.put("a")
    assert ask("PATCH /storage/v1/b/lake/o/a", b"{").status == 400
    assert ask("PATCH /storage/v1/b/lake/o/a", b"[]").status == 400


def test_a_call_that_is_not_built_says_so(ask: Ask) -> None:
    answer = ask("GET /storage/v1/b/lake/acl")
    assert answer.status == 501
    assert "GET /storage/v1/b/lake/acl" in orjson.loads(answer.body)["error"]["message"]


def test_any_service_account_gets_a_token(ask: Ask) -> None:
    token = ask.json("POST /token", b"grant_type=x&assertion=y")
    assert (token["token_type"], token["expires_in"]) == ("Bearer", 3600)
