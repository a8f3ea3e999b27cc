"""Ctrl-C ends a command of `lake` at any moment, and with it everything that it has started."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tidelake.local.home import Home
from tidelake.local.ports import free_offset
from tidelake.local.process import marked_processes
from tidelake.local.records import Records
from tidelake.testkit.road.waiting import pause, until

pytestmark = pytest.mark.system

_INTERRUPTED = 130


@pytest.mark.parametrize("started", [0, 1, 3])
def test_ctrl_c_during_up_leaves_no_process(tmp_path: Path, seed: int, started: int) -> None:
    home = Home(tmp_path / "lake")
    environ = {**os.environ, "LAKE_HOME": str(home.root), "LAKE_PORTS": str(free_offset())}
    log = tmp_path / "up.log"
    with log.open("wb") as output:
        command = subprocess.Popen(
            [sys.executable, "-m", "tidelake.cli", "up"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environ,
            start_new_session=True,  # a process group of its own, as a terminal gives it
        )
    try:
        until(lambda: len(Records(home.run).all()) >= started, 60.0, f"{started} processes started")
        pause(random.Random(seed).random())
        assert command.poll() is None, log.read_text()
        os.killpg(command.pid, signal.SIGINT)
        assert command.wait(60) == _INTERRUPTED, log.read_text()
        assert not marked_processes(home)
        assert not Records(home.run).all()
    finally:
        if command.poll() is None:
            command.kill()
        for process in marked_processes(home):
            process.kill()
