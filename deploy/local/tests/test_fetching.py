"""Downloads: whole and right, or not there at all."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tidelake.local.artifacts import Artifact, parse_artifact
from tidelake.local.fetching import ArtifactCache, CacheUnusable, WrongChecksum
from tidelake.local.freeports import free_ports
from tidelake.local.maven import DownloadFailed, MavenRepository
from tidelake.local.readiness import StartCancelled
from tidelake.local.watching import DownloadProgress, SilentWatcher

if TYPE_CHECKING:
    from .conftest import MavenServer

CONTENT = b"bytes of a jar " * 1000

# A process of its own that fetches one file from argv[1] into argv[2], as `lake up` does.
FETCH = f"""
import sys, resource
from pathlib import Path
from tidelake.local.artifacts import parse_artifact
from tidelake.local.fetching import ArtifactCache
from tidelake.local.maven import MavenRepository
from tidelake.runtime.errors import LakeError
if len(sys.argv) > 3:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), int(sys.argv[3])))
one = parse_artifact("org.example:one:1.0", {hashlib.sha256(CONTENT).hexdigest()!r}, {len(CONTENT)})
try:
    cache = ArtifactCache(Path(sys.argv[2]), MavenRepository(sys.argv[1]))
    cache.fetch([one], lambda _: print("piece", flush=True))
except LakeError as error:
    sys.exit(str(error))
"""


def artifact(name: str = "one", content: bytes = CONTENT) -> Artifact:
    return parse_artifact(f"org.example:{name}:1.0", hashlib.sha256(content).hexdigest(), len(content))


def kept(folder: Path) -> list[Path]:
    """Every file in the cache but the lock."""
    return [file for file in folder.rglob("*") if file.is_file() and file.suffix != ".lock"]


def test_a_file_is_downloaded_once_and_then_kept(tmp_path: Path, maven_server: MavenServer) -> None:
    one = artifact()
    maven_server.files[str(one.path)] = CONTENT
    cache = ArtifactCache(tmp_path, MavenRepository(maven_server.url))
    assert [path.read_bytes() for path in cache.fetch([one])] == [CONTENT]
    asked = len(maven_server.asked)
    assert cache.fetch([one]) == [cache.path(one)]
    assert len(maven_server.asked) == asked


def test_paths_come_in_the_order_that_was_asked_for(tmp_path: Path, maven_server: MavenServer) -> None:
    wanted = [artifact(f"n{number}", f"{number}".encode() * 50) for number in range(12)]
    for number, one in enumerate(wanted):
        maven_server.files[str(one.path)] = f"{number}".encode() * 50
    paths = ArtifactCache(tmp_path, MavenRepository(maven_server.url)).fetch(wanted)
    assert [path.name for path in paths] == [one.path.name for one in wanted]


def test_a_wrong_checksum_names_file_expected_and_got_and_leaves_nothing(
    tmp_path: Path, maven_server: MavenServer
) -> None:
    one = artifact()
    maven_server.files[str(one.path)] = b"something else"
    with pytest.raises(WrongChecksum) as caught:
        ArtifactCache(tmp_path, MavenRepository(maven_server.url)).fetch([one])
    text = str(caught.value)
    assert "org.example:one:1.0" in text
    assert one.sha256 in text
    assert hashlib.sha256(b"something else").hexdigest() in text
    assert "Run the command again" in text
    assert kept(tmp_path) == []


def test_one_wrong_file_does_not_throw_away_the_right_ones(tmp_path: Path, maven_server: MavenServer) -> None:
    right, wrong = artifact("right"), artifact("wrong")
    maven_server.files[str(right.path)] = CONTENT
    maven_server.files[str(wrong.path)] = b"something else"
    cache = ArtifactCache(tmp_path, MavenRepository(maven_server.url))
    cache.fetch([right])
    with pytest.raises(WrongChecksum):
        cache.fetch([right, wrong])
    assert cache.missing([right, wrong]) == [wrong]


def test_without_a_network_the_sentence_says_what_to_do_and_nothing_is_kept(tmp_path: Path) -> None:
    nowhere = f"http://127.0.0.1:{free_ports(1)[0]}"
    with pytest.raises(DownloadFailed, match=r"no connection could be made.*Check the network") as caught:
        ArtifactCache(tmp_path, MavenRepository(nowhere, attempts=1)).fetch([artifact()])
    assert nowhere in str(caught.value)
    assert kept(tmp_path) == []


def test_a_file_damaged_on_disk_is_downloaded_again(tmp_path: Path, maven_server: MavenServer) -> None:
    one = artifact()
    maven_server.files[str(one.path)] = CONTENT
    cache = ArtifactCache(tmp_path, MavenRepository(maven_server.url))
    cache.fetch([one])
    cache.path(one).write_bytes(CONTENT[:-1])
    assert cache.missing([one]) == [one]
    assert cache.fetch([one])[0].read_bytes() == CONTENT


def test_a_download_that_breaks_off_is_not_taken_for_whole(tmp_path: Path, maven_server: MavenServer) -> None:
    one = artifact()
    maven_server.files[str(one.path)] = CONTENT
    maven_server.cut = 500
    with pytest.raises(DownloadFailed):
        ArtifactCache(tmp_path, MavenRepository(maven_server.url, attempts=2)).fetch([one])
    assert kept(tmp_path) == []


def test_killed_in_mid_download_the_next_run_downloads_again(
    tmp_path: Path, maven_server: MavenServer
) -> None:
    one = artifact()
    maven_server.files[str(one.path)] = CONTENT
    maven_server.held = threading.Event()
    command = [sys.executable, "-c", FETCH, maven_server.url, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as fetching:
        assert fetching.stdout
        assert fetching.stdout.readline() == b"piece\n"
        fetching.send_signal(signal.SIGKILL)
    maven_server.held.set()
    maven_server.held = None
    cache = ArtifactCache(tmp_path, MavenRepository(maven_server.url))
    assert cache.missing([one]) == [one]
    assert cache.fetch([one])[0].read_bytes() == CONTENT
    assert kept(tmp_path) == [cache.path(one)]


def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path, maven_server: MavenServer) -> None:
    maven_server.files[str(artifact().path)] = CONTENT
    command = [sys.executable, "-c", FETCH, maven_server.url, str(tmp_path), "4096"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "can't be written (File too large)" in done.stderr
    assert "TIDELAKE_CACHE" in done.stderr
    assert kept(tmp_path) == []


def test_a_cache_that_can_not_be_a_folder_is_said(tmp_path: Path, maven_server: MavenServer) -> None:
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(CacheUnusable, match="can't be written"):
        ArtifactCache(tmp_path / "cache", MavenRepository(maven_server.url)).fetch([artifact()])


def test_a_download_that_nobody_waits_for_ends_at_its_next_piece(
    tmp_path: Path, maven_server: MavenServer
) -> None:
    one = artifact()
    maven_server.files[str(one.path)] = CONTENT
    progress = DownloadProgress("kafka", one.size_bytes, SilentWatcher(), lambda: True)
    with pytest.raises(StartCancelled):
        ArtifactCache(tmp_path, MavenRepository(maven_server.url)).fetch([one], progress.advance)
    assert kept(tmp_path) == []


def test_a_small_engine_does_not_wait_behind_the_download_of_a_large_one(
    tmp_path: Path, maven_server: MavenServer
) -> None:
    large, small = artifact("large"), artifact("small")
    maven_server.files = {str(one.path): CONTENT for one in (large, small)}
    cache = ArtifactCache(tmp_path, MavenRepository(maven_server.url))
    maven_server.held = threading.Event()
    began = threading.Event()

    def on_bytes(_read: int) -> None:
        began.set()

    slow = threading.Thread(target=cache.fetch, args=([large], on_bytes, "large"))
    slow.start()
    assert began.wait(20)
    held, maven_server.held = maven_server.held, None
    assert cache.fetch([small], lane="small") == [cache.path(small)]
    assert not cache.path(large).exists()
    held.set()
    slow.join(20)
    assert cache.path(large).exists()
