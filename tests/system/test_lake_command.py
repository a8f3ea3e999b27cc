"""Ctrl-C ends a command of `lake` at any moment, and with it everything that it has started."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tidelake.local.home import Home
from tidelake.local.ports import free_offset
from tidelake.local.process import marked_processes
from tidelake.local.records import Records
from tidelake.testkit.road.waiting import pause, until

pytestmark = [pytest.mark.system, pytest.mark.timeout(480)]

_INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Terminal:
    """Runs commands on a stack of their own, each in a process group of its own, as a terminal does."""

    home: Home
    log: Path
    environ: dict[str, str]

    def interrupt(self, *arguments: str, when: Callable[[], bool], after: float) -> None:
        """Ctrl-C, so many seconds after `when` has come true; the command and all else must end."""
        with self.log.open("wb") as output:
            command = subprocess.Popen(
                [sys.executable, "-m", "tidelake.cli", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self.environ,
                start_new_session=True,
            )
        try:
            until(lambda: when() or command.poll() is not None, 90.0, self.log.read_text)
            pause(after)
            assert command.poll() is None, self.log.read_text()
            os.killpg(command.pid, signal.SIGINT)
            assert command.wait(60) == _INTERRUPTED, self.log.read_text()
            assert "Traceback" not in self.log.read_text()
        finally:
            if command.poll() is None:
                command.kill()
                command.wait()
        assert not marked_processes(self.home)
        assert not Records(self.home.run).all()


@pytest.fixture
def terminal(tmp_path: Path) -> Generator[Terminal]:
    """A stack of its own that was never started."""
    home = Home(tmp_path / "lake")
    environ = {
        **os.environ,
        "LAKE_HOME": str(home.root),
        "LAKE_PORTS": str(free_offset()),
        "LAKE_PARTS": "road",
    }
    try:
        yield Terminal(home, tmp_path / "command.log", environ)
    finally:
        for process in marked_processes(home):
            process.kill()


@pytest.mark.parametrize("started", [0, 1, 3])
def test_ctrl_c_during_up_leaves_no_process(terminal: Terminal, seed: int, started: int) -> None:
    terminal.interrupt(
        "up",
        when=lambda: terminal.home.root.exists() and len(Records(terminal.home.run).all()) >= started,
        after=random.Random(seed).random(),
    )


def test_ctrl_c_during_the_demo_leaves_no_process(terminal: Terminal, seed: int) -> None:
    # In mid-stream: one of its writers is killed and started again at about that time.
    terminal.interrupt(
        *("demo", "--rate", "1000"),
        when=lambda: "API key" in terminal.log.read_text(),
        after=random.Random(seed).uniform(0, 6),
    )
