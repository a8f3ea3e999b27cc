"""Unpacking into the cache."""

import io
import signal
import subprocess
import sys
import tarfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tidelake.local.fetching import CacheUnusable
from tidelake.local.readiness import StartCancelled
from tidelake.local.unpacking import extract, unpack_once


def never() -> bool:
    return False


def packed(path: Path, **files: str) -> Path:
    """An archive with one outermost folder; a value that begins with `=` makes a hard link."""
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(f"top-1.0/{name.replace('_', '/')}")
            if content.startswith("="):
                member.type, member.linkname = tarfile.LNKTYPE, f"top-1.0/{content[1:]}"
                archive.addfile(member)
            else:
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content.encode()))
    return path


def found(folder: Path) -> dict[str, str]:
    return {str(one.relative_to(folder)): one.read_text() for one in folder.rglob("*") if one.is_file()}


def test_only_what_is_wanted_comes_out_and_hard_links_keep_their_content(tmp_path: Path) -> None:
    archive = packed(tmp_path / "a.tar.gz", lib_x="x", other_y="y", lib_z="=lib/x", other_w="=lib/x")
    extract(archive, tmp_path / "out", lambda name: name.startswith("lib/"), never)
    assert found(tmp_path / "out") == {"lib/x": "x", "lib/z": "x"}


def test_a_folder_is_filled_once_however_many_want_it(tmp_path: Path) -> None:
    fills: list[Path] = []

    def fill(folder: Path) -> None:
        fills.append(folder)
        (folder / "whole").touch()

    with ThreadPoolExecutor(max_workers=6) as pool:
        places = [pool.submit(unpack_once, tmp_path / "place", fill, never) for _ in range(6)]
    assert {place.result() for place in places} == {tmp_path / "place"}
    assert len(fills) == 1
    assert (tmp_path / "place" / "whole").exists()


def test_who_breaks_off_leaves_nothing_that_is_taken_for_whole(tmp_path: Path) -> None:
    def fill(folder: Path) -> None:
        (folder / "half").touch()
        raise StartCancelled("given up")

    with pytest.raises(StartCancelled):
        unpack_once(tmp_path / "place", fill, never)
    assert [one.name for one in tmp_path.iterdir()] == ["place.lock"]


def test_after_sigkill_in_the_middle_it_is_filled_anew(tmp_path: Path) -> None:
    place = tmp_path / "place"
    code = f"""
import sys, threading
from pathlib import Path
from tidelake.local.unpacking import unpack_once

def fill(folder):
    (folder / "half").touch()
    print("filling", flush=True)
    threading.Event().wait(60)

unpack_once(Path({str(place)!r}), fill, lambda: False)
"""
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"filling\n"

    def waits_for_the_other() -> None:
        with pytest.raises(StartCancelled, match="Another process is still at the same"):
            unpack_once(place, lambda _: None, lambda: True)

    waits_for_the_other()
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not place.exists()

    def fill(folder: Path) -> None:
        assert list(folder.iterdir()) == []
        (folder / "whole").touch()

    unpack_once(place, fill, never)
    assert [one.name for one in place.iterdir()] == ["whole"]


def test_a_waiting_that_is_given_up_leaves_the_others_work_alone(tmp_path: Path) -> None:
    place, filling, go = tmp_path / "place", threading.Event(), threading.Event()

    def fill(folder: Path) -> None:
        (folder / "whole").touch()
        filling.set()
        assert go.wait(20)

    with ThreadPoolExecutor() as pool:
        first = pool.submit(unpack_once, place, fill, never)
        assert filling.wait(20)
        with pytest.raises(StartCancelled):
            unpack_once(place, fill, lambda: True)
        go.set()
        assert [one.name for one in first.result().iterdir()] == ["whole"]


def test_unpacking_can_be_given_up_between_two_files(tmp_path: Path) -> None:
    archive = packed(tmp_path / "a.tar.gz", x="x", y="y")
    with pytest.raises(StartCancelled):
        extract(archive, tmp_path / "out", lambda _: True, lambda: True)


def test_a_cache_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CacheUnusable, match="File exists"):
        unpack_once(tmp_path / "file" / "place", lambda _: None, never)
