"""The emulator as a process: starting, being refused, stopping, being killed."""

import itertools
import json
import resource
import socket
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest
from tidelake.testkit.gcs_fixture import Emulator, EmulatorDidNotStart, running_emulator

# Every test starts processes of its own.
pytestmark = pytest.mark.system

KIB = 1024


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tidelake.testkit.gcs", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def test_a_port_that_is_taken_is_said_in_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = _run("--port", str(port), "--data", str(tmp_path / "data"))
    assert (ended.returncode, ended.stdout) == (1, "")
    assert f"Port {port} on 127.0.0.1 is taken" in ended.stderr
    assert "--port" in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_a_directory_that_is_taken_is_said_in_one_sentence(own_emulator: Emulator) -> None:
    ended = _run("--port", "0", "--data", str(own_emulator.data))
    assert ended.returncode == 1
    assert f"Another emulator works on {own_emulator.data}" in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_a_directory_that_can_not_be_made_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ended = _run("--port", "0", "--data", str(tmp_path / "file" / "data"))
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert "can not be used" in ended.stderr


def test_it_says_that_it_is_a_test_double(own_emulator: Emulator) -> None:
    assert "test double" in _run("--help").stdout
    assert "test double" in httpx.get(f"{own_emulator.url}/healthz").text


def test_it_stops_in_order(own_emulator: Emulator) -> None:
    httpx.put(f"{own_emulator.url}/lake/a", content=b"x")
    assert own_emulator.stop() == 0
    own_emulator.start()
    assert httpx.get(f"{own_emulator.url}/lake/a").content == b"x"


def test_it_does_not_outlive_whoever_started_it(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tidelake.testkit.gcs",
            "--port",
            "0",
            "--data",
            str(tmp_path),
            "--stop-with-stdin",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdout.readline()
    process.stdin.close()
    assert process.wait(timeout=10) == 0
    process.stdout.close()


def test_the_service_account_keeps_its_key_and_is_read_by_its_owner_alone(own_emulator: Emulator) -> None:
    path = own_emulator.service_account_path
    first = json.loads(path.read_text())
    assert path.stat().st_mode & 0o777 == 0o600
    assert first["gcs_base_url"] == own_emulator.url
    assert first["token_uri"] == f"{own_emulator.url}/token"
    own_emulator.restart()
    assert json.loads(path.read_text()) == first


@pytest.mark.parametrize("content", ['{"type": "service_account", "project_id": "mine"}', "no key", "[]"])
def test_a_key_of_another_origin_is_never_touched(tmp_path: Path, content: str) -> None:
    key = tmp_path / "real-key.json"
    key.write_text(content)
    ended = _run("--port", "0", "--data", str(tmp_path / "data"), "--service-account", str(key))
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (1, "", 1)
    assert "left as it is" in ended.stderr
    assert key.read_text() == content


def test_a_catalogue_that_can_not_be_read_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "catalog.sqlite").write_bytes(b"no database" * 1000)
    ended = _run("--port", "0", "--data", str(tmp_path))
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert "not a database" in ended.stderr


def test_a_port_that_is_none_is_refused(tmp_path: Path) -> None:
    ended = _run("--port", "99999", "--data", str(tmp_path))
    assert (ended.returncode, "--port" in ended.stderr) == (2, True)


def test_a_bucket_is_made_at_the_first_start_and_kept_at_the_next(own_emulator: Emulator) -> None:
    httpx.put(f"{own_emulator.url}/lake/a", content=b"x")
    own_emulator.restart()
    assert httpx.get(f"{own_emulator.url}/lake/a").status_code == 200
    assert httpx.get(f"{own_emulator.url}/sea/a").status_code == 404


def test_every_acknowledged_object_is_whole_after_a_kill_at_any_moment(own_emulator: Emulator) -> None:
    acknowledged: dict[str, bytes] = {}
    attempted: dict[str, bytes] = {}  # the newest try, of which a kill may have lost only the answer

    def write(writer: int, turn: int, killed: threading.Event) -> None:
        with httpx.Client(base_url=own_emulator.url) as client:
            for number in itertools.count():
                name, content = f"{writer}/{number % 7}", f"{writer} {turn} {number} ".encode() * 3000
                attempted[name] = content
                try:
                    answer = client.put(f"/lake/{name}", content=content)
                except httpx.TransportError:
                    return
                assert answer.status_code == 200
                acknowledged[name] = content
                if killed.is_set():
                    return

    for turn in range(3):
        killed = threading.Event()
        writers = [threading.Thread(target=write, args=(number, turn, killed)) for number in range(4)]
        for writer in writers:
            writer.start()
        killed.wait(0.3)
        own_emulator.kill()
        killed.set()
        for writer in writers:
            writer.join()
        own_emulator.start()
        with httpx.Client(base_url=own_emulator.url) as client:
            for name, content in list(acknowledged.items()):
                answer = client.get(f"/lake/{name}")
                assert answer.status_code == 200
                assert answer.content in (content, attempted[name]), name
                acknowledged[name] = answer.content
    assert len(acknowledged) > 4


class _Limit:
    """No file of the emulator grows beyond the limit: the disk is full, for all it knows."""

    def __init__(self, emulator: Emulator, limit: int) -> None:
        self._pid = emulator.pid
        self._limit = limit

    def __enter__(self) -> None:
        hard = resource.RLIM_INFINITY
        resource.prlimit(self._pid, resource.RLIMIT_FSIZE, (self._limit, hard))

    def __exit__(self, *_: object) -> None:
        unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(self._pid, resource.RLIMIT_FSIZE, unlimited)


def test_a_full_disk_is_said_and_leaves_nothing_half_done(own_emulator: Emulator) -> None:
    big = b"x" * 4096 * KIB
    with httpx.Client(base_url=own_emulator.url) as client:
        client.put("/lake/before", content=b"before")
        client.put("/lake/replaced", content=b"old")
        session = client.post("/upload/storage/v1/b/lake/o?uploadType=resumable&name=resumed").headers[
            "location"
        ]
        piece = {"content-range": f"bytes 0-{len(big) - 1}/{len(big)}"}
        with _Limit(own_emulator, 2048 * KIB):
            for line in ("/lake/new", "/lake/replaced"):
                answer = client.put(line, content=big)
                assert answer.status_code == 507
                assert "<Code>InsufficientStorage</Code>" in answer.text
                assert "--data" in answer.text
            media = client.post("/upload/storage/v1/b/lake/o?uploadType=media&name=new", content=big)
            assert (media.status_code, media.json()["error"]["code"]) == (507, 507)
            assert client.put(session, content=big, headers=piece).status_code == 507
            assert client.get("/lake/new").status_code == 404
            assert client.get("/lake/before").content == b"before"
            assert client.get("/lake/replaced").content == b"old"
            assert client.put("/lake/small", content=b"small").status_code == 200
        assert sorted(path.stat().st_size for path in (own_emulator.data / "blobs").iterdir()) == [3, 5, 6]
        # The same calls succeed when there is room again.
        assert client.put(session, content=big, headers=piece).status_code == 200
        assert client.get("/lake/resumed").content == big
        assert client.put("/lake/new", content=big).status_code == 200


def test_a_full_disk_under_the_catalogue_leaves_nothing_half_done(own_emulator: Emulator) -> None:
    with httpx.Client(base_url=own_emulator.url) as client:
        client.put("/lake/before", content=b"before")
        with _Limit(own_emulator, 4 * KIB):
            # The content fits; the row about it does not.
            assert client.put("/lake/new", content=b"new").status_code == 507
            assert client.put("/lake/before", content=b"after").status_code == 507
            assert client.delete("/lake/before").status_code == 507
            assert client.get("/lake/new").status_code == 404
            assert client.get("/lake/before").content == b"before"
        assert client.put("/lake/new", content=b"new").status_code == 200
    own_emulator.kill()
    own_emulator.start()
    assert httpx.get(f"{own_emulator.url}/lake/new").content == b"new"
    assert httpx.get(f"{own_emulator.url}/lake/before").content == b"before"
    assert len(list((own_emulator.data / "blobs").iterdir())) == 2


def test_a_start_that_fails_is_reported_with_its_reason(tmp_path: Path, own_emulator: Emulator) -> None:
    with pytest.raises(EmulatorDidNotStart, match="works on"), running_emulator(tmp_path):
        pass
