"""Which call a request is."""

import pytest
from tidelake.testkit.gcs.errors import NotBuilt
from tidelake.testkit.gcs.exchange import Request, split_target
from tidelake.testkit.gcs.routes import Call, call_of, dialect_of


def _call(line: str, headers: dict[str, str] | None = None) -> Call:
    method, _, target = line.partition(" ")
    path, query = split_target(target)
    return call_of(Request(method, path, query, headers or {}))


def test_names_are_decoded_only_after_the_path_is_split() -> None:
    assert _call("GET /storage/v1/b/lake/o/a%2Fb%2FrewriteTo").object_name == "a/b/rewriteTo"
    assert _call("PUT /l%61ke/t/%5Fdelta%5Flog/0%2D1%2Ejson") == Call(
        "xml.objects.put", "lake", "t/_delta_log/0-1.json"
    )
    assert _call("GET /lake/a%252Fb").object_name == "a%2Fb"


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("POST /token", "oauth.token"),
        ("POST /batch/storage/v1", "json.batch"),
        ("POST /storage/v1/b?project=p", "json.buckets.insert"),
        ("GET /storage/v1/b/lake?projection=noAcl", "json.buckets.get"),
        ("GET /storage/v1/b/lake/storageLayout?prefix=a/", "json.buckets.get_layout"),
        ("GET /storage/v1/b/lake/o?prefix=a/&maxResults=1", "json.objects.list"),
        ("GET /storage/v1/b/lake/o/a?fields=", "json.objects.get"),
        ("PATCH /storage/v1/b/lake/o/a", "json.objects.patch"),
        ("DELETE /storage/v1/b/lake/o/a?ifGenerationMatch=5", "json.objects.delete"),
        ("GET /download/storage/v1/b/lake/o/a?alt=media&generation=1", "json.objects.download"),
        ("POST /upload/storage/v1/b/lake/o?uploadType=media&name=a", "json.objects.insert_media"),
        ("POST /upload/storage/v1/b/lake/o?uploadType=multipart", "json.objects.insert_multipart"),
        ("POST /upload/storage/v1/b/lake/o?uploadType=resumable&name=a", "json.uploads.start"),
        ("PUT /upload/storage/v1/b/lake/o?uploadType=resumable&upload_id=u", "json.uploads.continue"),
        ("POST /storage/v1/b/lake/o/a/compose", "json.objects.compose"),
        ("POST /storage/v1/b/lake/o/a/moveTo/o/b", "json.objects.move"),
        ("POST /storage/v1/b/lake/o/a/copyTo/b/lake/o/b", "json.objects.copy"),
        ("POST /storage/v1/b/lake/o/a/rewriteTo/b/lake/o/b", "json.objects.rewrite"),
        (
            "GET /lake?list-type=2&prefix=a&start-after=b&delimiter=%2F&continuation-token=t",
            "xml.objects.list",
        ),
        ("GET /lake/a", "xml.objects.get"),
        ("HEAD /lake/a", "xml.objects.head"),
        ("PUT /lake/a", "xml.objects.put"),
        ("DELETE /lake/a", "xml.objects.delete"),
        ("POST /lake/a?uploads=", "xml.uploads.start"),
        ("POST /lake/a?uploads", "xml.uploads.start"),
        ("PUT /lake/a?partNumber=1&uploadId=u", "xml.uploads.put_part"),
        ("POST /lake/a?uploadId=u", "xml.uploads.complete"),
        ("DELETE /lake/a?uploadId=u", "xml.uploads.abort"),
    ],
)
def test_each_call_of_the_clients_is_known(line: str, name: str) -> None:
    assert _call(line).name == name


def test_a_copy_names_its_source_and_its_target() -> None:
    copied = _call("PUT /lake/to", {"x-goog-copy-source": "/other/from%2Fhere"})
    assert copied == Call("xml.objects.copy", "other", "from/here", "lake", "to")
    moved = _call("POST /storage/v1/b/lake/o/a%2Fb/moveTo/o/c%2Fd")
    assert moved == Call("json.objects.move", "lake", "a/b", "lake", "c/d")


@pytest.mark.parametrize(
    "line",
    [
        "GET /storage/v1/b?project=p",
        "DELETE /storage/v1/b/lake",
        "PUT /storage/v1/b/lake/storageLayout",
        "GET /storage/v1/b/lake/o/a?alt=media",
        "PUT /storage/v1/b/lake/o/a",
        "POST /storage/v1/b/lake/o/a/copyTo/o/b",
        "DELETE /upload/storage/v1/b/lake/o?uploadType=resumable&upload_id=u",
        "GET /lake",
        "GET /lake?list-type=1",
        "GET /lake?list-type=2&versions=",
        "GET /lake/a?acl=",
        "POST /lake/a",
        "PUT /lake",
        "GET /",
    ],
)
def test_any_other_call_is_refused_and_named(line: str) -> None:
    with pytest.raises(NotBuilt) as refused:
        _call(line)
    assert refused.value.status == 501
    method, _, target = line.partition(" ")
    assert f"{method} {target.partition('?')[0]}" in refused.value.message


def test_each_api_has_its_own_dialect() -> None:
    assert dialect_of("/storage/v1/anything") == "json"
    assert dialect_of("/storage-bucket/a") == "xml"
