"""What the rebuild's process says by its log lines becomes one result, or the reason why there is none."""

from __future__ import annotations

import json
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tidelake.cli.connection import Connection
from tidelake.cli.rebuilding import process
from tidelake.cli.rebuilding.process import Difference, RebuildFailed, RebuildInterrupted, run_rebuild
from tidelake.local.spark_install import SparkInstall
from tidelake.local.watching import SilentWatcher
from tidelake.runtime.shutdown import StopSignal

BEGAN = {"event": "rebuild_began", "bronze_version": 7, "folder": "rebuilds/flights/x/"}
COMPARED = {
    "event": "rebuild_compared",
    "rows": 5,
    "inserted": 3,
    "outcomes": 2,
    "contract_version": "1.0.0",
    "differences": [
        {"live": "undecided", "rebuilt": "inserted", "rows": 1, "examples": [["t", 0, 4]]},
    ],
}
Program = Callable[[str], None]


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """Puts a script in the place of silver-rebuild."""
    path = tmp_path / process.PROGRAM

    def install(*_: object) -> SparkInstall:
        return SparkInstall(tmp_path, tmp_path, "", [tmp_path / "a.jar"])

    monkeypatch.setattr(process, "install_spark", install)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))

    def write(script: str) -> None:
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    return write


def run(stop: StopSignal | None = None) -> process.Rebuild:
    connection = Connection("gs://lake", Path("/sa.json"), "kafka:9092", "http://door")
    return run_rebuild(connection, "flights", keep=True, watcher=SilentWatcher(), stop=stop or StopSignal())


def says(*events: object) -> str:
    return "\n".join(f"echo '{json.dumps(event)}'" for event in events)


def test_the_comparison_is_the_result(program: Program) -> None:
    program(
        f"echo not JSON\n{says(BEGAN, {'event': 'rebuild_rows', 'rows': 5, 'total': 5}, COMPARED)}\nexit 1"
    )
    found = run()
    assert (found.bronze_version, found.folder) == (7, "rebuilds/flights/x/")
    assert found.compared.differences == (Difference("undecided", "inserted", 1, (("t", 0, 4),)),)


def test_it_is_told_which_lake_and_what_to_keep(program: Program, tmp_path: Path) -> None:
    program(f'env > {tmp_path}/env; echo "$@" > {tmp_path}/arguments\n{says(BEGAN, COMPARED)}')
    run()
    told = (tmp_path / "env").read_text()
    assert "SILVER_PROCESSOR_LAKE_ROOT=gs://lake\n" in told
    assert "SILVER_PROCESSOR_GCS_SERVICE_ACCOUNT=/sa.json\n" in told
    assert (tmp_path / "arguments").read_text() == "flights --keep\n"


def test_a_failure_is_told_in_its_own_words(program: Program) -> None:
    program(
        says({"event": "service_failed", "message": "Silver has no dataset 'x'; it has none."}) + "\nexit 1"
    )
    with pytest.raises(RebuildFailed, match="it has none"):
        run()
    program("echo OutOfMemoryError >&2\nexit 3")
    with pytest.raises(RebuildFailed, match="it said last: OutOfMemoryError"):
        run()


def test_a_stop_ends_it(program: Program) -> None:
    program(f"{says(BEGAN)}\nexec sleep 60")
    stop = StopSignal()
    stop.request()
    with pytest.raises(RebuildInterrupted):
        run(stop)
