"""The emulator on the wire: cut connections, half requests, waiting, counts."""

import gzip
import socket
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest
from tidelake.testkit.gcs.faults_client import FaultRule
from tidelake.testkit.gcs_fixture import Emulator


@pytest.fixture
def http(emulator: Emulator) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=emulator.url) as client:
        yield client


def _address(emulator: Emulator) -> tuple[str, int]:
    parts = urlsplit(emulator.url)
    assert parts.hostname is not None
    assert parts.port is not None
    return parts.hostname, parts.port


def test_an_answer_has_its_length_and_no_more_than_it_should(emulator: Emulator, http: httpx.Client) -> None:
    http.put("/lake/wire/a", content=b"0123456789")
    head = http.head("/lake/wire/a")
    assert (head.headers["content-length"], head.content) == ("10", b"")
    empty = http.delete("/lake/wire/a")
    assert (empty.status_code, "content-type" in empty.headers) == (204, False)
    assert http.put("/lake/wire/a", content=b"").headers["content-length"] == "0"
    assert http.get("/lake/wire/a").content == b""


def test_packed_json_is_unpacked(http: httpx.Client) -> None:
    http.put("/lake/wire/a", content=b"content")
    answer = http.post(
        "/storage/v1/b/lake/o/wire%2Fa/rewriteTo/b/lake/o/wire%2Fb",
        content=gzip.compress(b'{"contentType": "text/csv"}'),
        headers={"content-encoding": "gzip"},
    )
    assert answer.json()["resource"]["contentType"] == "text/csv"


def test_a_large_object_arrives_whole(http: httpx.Client) -> None:
    content = bytes(range(256)) * 4096 * 24  # 24 MiB
    assert http.put("/lake/wire/large", content=content).status_code == 200
    assert http.get("/lake/wire/large").content == content
    assert http.delete("/lake/wire/large").status_code == 204


@pytest.mark.parametrize(
    "head",
    [
        "PUT /lake/wire/half HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n",
        "PUT /lake/wire/half HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n32\r\n",
    ],
)
def test_a_request_that_is_cut_off_changes_nothing(emulator: Emulator, http: httpx.Client, head: str) -> None:
    with socket.create_connection(_address(emulator)) as connection:
        connection.sendall(head.encode() + b"x" * 50)
    assert http.get("/healthz").status_code == 200
    assert http.get("/lake/wire/half").status_code == 404


def test_a_connection_cut_before_the_work_leaves_nothing(emulator: Emulator, http: httpx.Client) -> None:
    with emulator.faults.during(FaultRule("cut_before", method="PUT", count=1)) as number:
        with pytest.raises(httpx.RemoteProtocolError):
            http.put("/lake/wire/before", content=b"x")
        assert emulator.faults.struck(number) == 1
    assert http.get("/lake/wire/before").status_code == 404


def test_a_connection_cut_after_the_work_loses_the_answer_alone(
    emulator: Emulator, http: httpx.Client
) -> None:
    absent = {"x-goog-if-generation-match": "0"}
    emulator.faults.add(FaultRule("cut_after", method="PUT", count=1))
    with pytest.raises(httpx.RemoteProtocolError):
        http.put("/lake/wire/after", content=b"x", headers=absent)
    assert http.get("/lake/wire/after").content == b"x"
    assert http.put("/lake/wire/after", content=b"x", headers=absent).status_code == 412
    assert emulator.faults.requests()["xml.objects.put"] == {"cut": 1, "412": 1}
    http.delete("/lake/wire/after")


def test_latency_waits_before_the_work_and_holds_up_nobody_else(
    emulator: Emulator, http: httpx.Client
) -> None:
    emulator.faults.add(FaultRule("latency", object_prefix="wire/slow", seconds=1.0))
    slow = threading.Thread(
        target=httpx.put, args=(f"{emulator.url}/lake/wire/slow",), kwargs={"content": b"x"}
    )
    started = time.monotonic()
    slow.start()
    assert http.get("/lake/wire/quick").status_code == 404
    assert slow.is_alive()
    slow.join()
    assert time.monotonic() - started >= 1.0


def test_a_late_answer_comes_after_the_work(emulator: Emulator, http: httpx.Client) -> None:
    emulator.faults.add(FaultRule("late_answer", object_prefix="wire/late", method="PUT", seconds=30))
    with pytest.raises(httpx.ReadTimeout):
        httpx.put(f"{emulator.url}/lake/wire/late", content=b"x", timeout=0.2)
    assert http.get("/lake/wire/late").content == b"x"


def test_requests_are_counted_by_call_and_status(emulator: Emulator, http: httpx.Client) -> None:
    http.get("/lake/wire/none")
    http.get("/lake/wire/none")
    http.post("/nothing/of/the/kind")
    assert emulator.faults.requests() == {"xml.objects.get": {"404": 2}, "not_built": {"501": 1}}
    recent = http.get("/_requests?recent=1").json()["recent"]
    assert [(each["method"], each["path"], each["outcome"]) for each in recent] == [
        ("POST", "/nothing/of/the/kind", "501")
    ]
    emulator.faults.reset_requests()
    assert emulator.faults.requests() == {}


def test_a_fault_that_can_not_be_understood_is_refused_with_the_reason(http: httpx.Client) -> None:
    for content in (b"{", b'{"effect": "explode"}', b'{"effect": "status", "cuont": 1}', b"[]"):
        answer = http.post("/_faults", content=content)
        assert answer.status_code == 400
        assert "fault" in answer.json()["error"]["message"]
    assert http.put("/_faults").status_code == 501


def test_faults_in_force_are_told(emulator: Emulator, http: httpx.Client) -> None:
    number = emulator.faults.add(FaultRule("status", status=429, count=3))
    http.get("/lake/wire/any")
    assert http.get("/_faults").json()["faults"] == [
        {"id": number, "rule": {"effect": "status", "status": 429, "count": 3}, "matched": 1, "struck": 1}
    ]
    emulator.faults.clear()
    assert http.get("/_faults").json()["faults"] == []
