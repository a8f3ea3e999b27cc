"""The whole demo, as a user runs it: its exit code, its figures, and what Ctrl-C leaves."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from pathlib import Path

import pytest
from tidelake.local.home import Home
from tidelake.local.ports import free_offset
from tidelake.local.process import marked_processes, stop_all

pytestmark = pytest.mark.system

DEMO = (sys.executable, "-m", "tidelake.cli", "demo")


@pytest.fixture
def home(tmp_path: Path) -> Generator[Home]:
    home = Home(tmp_path / "lake")
    yield home
    stop_all(home, force=lambda: True)


@pytest.fixture
def environ(home: Home) -> Mapping[str, str]:
    ports = str(free_offset())
    return {**os.environ, "LAKE_HOME": str(home.root), "LAKE_PORTS": ports, "LAKE_PARTS": "road"}


@pytest.mark.timeout(240)
def test_the_demo_checks_its_answers_and_leaves_nothing_running(
    home: Home, environ: Mapping[str, str], tmp_path: Path
) -> None:
    figures = tmp_path / "demo.json"
    done = subprocess.run(
        [*DEMO, "--stop", "--json", str(figures)],
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=220,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert "killed with SIGKILL" in done.stdout
    found = json.loads(figures.read_text())
    assert found["sent"]["real"] == 27_004
    assert found["refused"].keys() == {"broken JSON", "missing field", "wrong type", "not a time"}
    assert found["answers_equal_csv"]
    audit = found["audit"]
    assert audit["balanced"]
    assert audit["distinct_ids"] == 27_004
    assert audit["repeats"] == found["sent"]["repeat"] > 0
    assert audit["kafka_records"] == audit["rows"] == 27_004 + found["sent"]["repeat"]
    assert not marked_processes(home)


@pytest.mark.timeout(240)
def test_ctrl_c_while_a_writer_is_started_again_is_heard_at_once_and_leaves_nothing_running(
    home: Home, environ: Mapping[str, str]
) -> None:
    demo = subprocess.Popen(
        DEMO,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert demo.stdout is not None
    before: list[str] = []
    while "killed with SIGKILL" not in (line := demo.stdout.readline()):
        before.append(line)
        assert line, "".join(before)
    pressed = time.monotonic()
    demo.send_signal(signal.SIGINT)
    while "Interrupted" not in (line := demo.stdout.readline()):
        assert line, "it ended without a word"
    heard_after_s = time.monotonic() - pressed
    rest = demo.stdout.read()
    assert demo.wait(60) == 130, rest
    assert heard_after_s < 1
    assert "Traceback" not in rest
    assert "caught up" not in rest
    assert not marked_processes(home)
