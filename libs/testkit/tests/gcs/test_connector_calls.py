"""What the Hadoop connector and Trino send, request by request as they word it."""

import gzip
from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest
from tidelake.testkit.gcs_fixture import Emulator

OBJECTS = "/storage/v1/b/lake/o"
MIB = 1024 * 1024


@pytest.fixture
def http(emulator: Emulator) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=emulator.url) as client:
        yield client


@pytest.fixture
def folder() -> str:
    return uuid4().hex


def _create(http: httpx.Client, name: str, content: bytes, generation: int = 0) -> httpx.Response:
    started = http.post(
        f"/upload/storage/v1/b/lake/o?ifGenerationMatch={generation}&name={name}&uploadType=resumable",
        json={"contentType": "application/octet-stream", "metadata": {"k": "v"}},
    )
    if started.status_code != 200:
        return started
    span = {"content-range": f"bytes 0-{len(content) - 1}/{len(content)}"}
    return http.put(started.headers["location"], content=content, headers=span)


def test_hadoop_asks_whether_a_path_exists_as_a_file_and_as_a_folder(http: httpx.Client, folder: str) -> None:
    assert http.get(f"{OBJECTS}/{folder}%2Ft?fields=name,size").status_code == 404
    one = "delimiter=/&includeTrailingDelimiter=true&maxResults=1&fields=items,prefixes"
    below = f"{OBJECTS}?prefix={folder}/t/&{one}"
    assert "items" not in http.get(below).json()
    _create(http, f"{folder}/t/_delta_log/0.json", b"x")
    assert http.get(below).json()["prefixes"] == [f"{folder}/t/_delta_log/"]


def test_hadoop_makes_a_folder_once(http: httpx.Client, folder: str) -> None:
    body = (
        f'--m\r\ncontent-type: application/json\r\n\r\n{{"name": "{folder}/t/"}}\r\n'
        "--m\r\ncontent-type: application/octet-stream\r\n\r\n\r\n--m--"
    ).encode()
    line = "/upload/storage/v1/b/lake/o?ifGenerationMatch=0&uploadType=multipart"
    related = {"content-type": "multipart/related; boundary=m"}
    statuses = [http.post(line, content=body, headers=related).status_code for _ in range(2)]
    assert statuses == [200, 412]
    assert http.get(f"{OBJECTS}/{folder}%2Ft%2F").json()["size"] == "0"


def test_hadoop_creates_overwrites_and_deletes_under_the_generation_it_read(
    http: httpx.Client, folder: str
) -> None:
    name = f"{folder}/f"
    created = _create(http, name, b"first")
    assert created.status_code == 200
    assert _create(http, name, b"second").status_code == 412
    generation = int(created.json()["generation"])
    replaced = _create(http, name, b"second", generation)
    assert replaced.status_code == 200
    address = f"{OBJECTS}/{folder}%2Ff"
    assert http.delete(f"{address}?ifGenerationMatch={generation}").status_code == 412
    assert http.delete(f"{address}?ifGenerationMatch={replaced.json()['generation']}").status_code == 204


def test_hadoop_asks_before_it_deletes_a_folder_whether_the_bucket_has_real_ones(http: httpx.Client) -> None:
    layout = http.get("/storage/v1/b/lake/storageLayout?prefix=warehouse/a.db/")
    assert layout.json()["hierarchicalNamespace"] == {"enabled": False}
    assert http.get("/storage/v1/b/nowhere/storageLayout").status_code == 404


def test_hadoop_reads_one_generation_from_an_offset(http: httpx.Client, folder: str) -> None:
    generation = _create(http, f"{folder}/f", b"0123456789").json()["generation"]
    address = f"/download{OBJECTS}/{folder}%2Ff?alt=media&generation={generation}"
    answer = http.get(address, headers={"range": "bytes=0-"})
    assert (answer.status_code, answer.content) == (206, b"0123456789")
    assert answer.headers["content-range"] == "bytes 0-9/10"


def test_hadoop_renames_by_a_move_that_replaces_nothing(http: httpx.Client, folder: str) -> None:
    for source in ("a", "b"):
        generation = _create(http, f"{folder}/.{source}.tmp", source.encode()).json()["generation"]
        answer = http.post(
            f"{OBJECTS}/{folder}%2F.{source}.tmp/moveTo/o/{folder}%2F0"
            f"?ifGenerationMatch=0&ifSourceGenerationMatch={generation}"
        )
        assert answer.status_code == (200 if source == "a" else 412)
    assert http.get(f"/lake/{folder}/0").content == b"a"
    assert http.get(f"/lake/{folder}/.b.tmp").content == b"b"


def test_hadoop_renames_by_a_packed_rewrite_when_moves_are_off(http: httpx.Client, folder: str) -> None:
    _create(http, f"{folder}/a", b"content")
    rewritten = http.post(
        f"{OBJECTS}/{folder}%2Fa/rewriteTo/b/lake/o/{folder}%2Fb?maxBytesRewrittenPerCall=1073741824",
        content=gzip.compress(b'{"metadata": {"k": "v"}}'),
        headers={"content-encoding": "gzip", "content-type": "application/json"},
    )
    assert rewritten.json()["done"] is True
    assert http.delete(f"{OBJECTS}/{folder}%2Fa").status_code == 204
    assert http.get(f"/lake/{folder}/b").content == b"content"


def test_trino_looks_before_it_reads_and_takes_a_missing_commit_for_the_end(
    http: httpx.Client, folder: str
) -> None:
    created = _create(http, f"{folder}/_delta_log/0.json", b"commit").json()
    shown = http.get(f"{OBJECTS}/{folder}%2F_delta_log%2F0.json?projection=full").json()
    assert (shown["generation"], shown["size"]) == (created["generation"], "6")
    whole = http.get(
        f"/download{OBJECTS}/{folder}%2F_delta_log%2F0.json?alt=media&generation={shown['generation']}"
    )
    assert (whole.content, whole.headers["x-goog-generation"]) == (b"commit", shown["generation"])
    listed = http.get(f"{OBJECTS}?prefix={folder}/_delta_log/&maxResults=100&projection=full").json()
    assert [item["size"] for item in listed["items"]] == ["6"]
    assert http.get(f"{OBJECTS}/{folder}%2F_delta_log%2F1.json?projection=full").status_code == 404


def test_trino_spools_in_pieces_of_sixteen_mebibytes(http: httpx.Client, folder: str) -> None:
    started = http.post(f"/upload/storage/v1/b/lake/o?name={folder}/spooled&uploadType=resumable", json={})
    piece = b"s" * (16 * MIB)
    first = http.put(
        started.headers["location"], content=piece, headers={"content-range": "bytes 0-16777215/*"}
    )
    assert (first.status_code, first.headers["range"]) == (308, "bytes=0-16777215")
    last = http.put(
        started.headers["location"],
        content=b"end",
        headers={"content-range": "bytes 16777216-16777218/16777219"},
    )
    assert (last.status_code, last.json()["size"]) == (200, "16777219")
