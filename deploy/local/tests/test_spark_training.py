"""Spark's cache is made by a process that starts a Spark, and ends."""

import stat
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from tidelake.local import spark_training
from tidelake.local.readiness import StartCancelled, StartFailed
from tidelake.local.spark_training import PROGRAM, train_spark
from tidelake.testkit.road.waiting import until

Script = Callable[[str], None]


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Script:
    """Puts a script in the place of the program; the store is the real one."""
    path = tmp_path / "bin" / PROGRAM
    path.parent.mkdir()

    def write(text: str) -> None:
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    monkeypatch.setattr(spark_training, "_program", lambda: path)
    return write


def train(folder: Path, abandoned: Callable[[], bool] = lambda: False) -> None:
    train_spark(folder / "scratch", {"JAVA_OPTIONS": "-XX:AOTCacheOutput=x"}, abandoned)


def test_the_program_is_told_of_a_store_and_of_the_cache_to_write(tmp_path: Path, script: Script) -> None:
    script(
        f'echo "$SILVER_PROCESSOR_LAKE_ROOT $SILVER_PROCESSOR_JAVA_OPTIONS" > {tmp_path}/told; '
        'test -f "$SILVER_PROCESSOR_GCS_SERVICE_ACCOUNT"'
    )
    train(tmp_path)
    assert (tmp_path / "told").read_text() == "gs://lake -XX:AOTCacheOutput=x\n"


def test_a_program_that_fails_is_told_with_its_log(tmp_path: Path, script: Script) -> None:
    script("echo no room; exit 3")
    with pytest.raises(StartFailed, match="its exit code is 3"):
        train(tmp_path)


def test_a_training_that_is_given_up_leaves_no_process(tmp_path: Path, script: Script) -> None:
    script(f"sleep 60 & echo $! > {tmp_path}/pid; wait")
    with pytest.raises(StartCancelled):
        train(tmp_path, lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text() != "")
    pid = int((tmp_path / "pid").read_text())
    until(lambda: not psutil.pid_exists(pid), 10.0, lambda: "the program's child is gone")
