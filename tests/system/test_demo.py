"""The whole demo, as a user runs it: its exit code and its figures."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tidelake.local.home import Home
from tidelake.local.ports import free_offset
from tidelake.local.process import marked_processes

pytestmark = pytest.mark.system


@pytest.mark.timeout(240)
def test_the_demo_checks_its_answers_and_leaves_nothing_running(tmp_path: Path):
    home = Home(tmp_path / "lake")
    figures = tmp_path / "demo.json"
    done = subprocess.run(
        [sys.executable, "-m", "tidelake.cli", "demo", "--stop", "--json", str(figures)],
        env={
            **os.environ,
            "LAKE_HOME": str(home.root),
            "LAKE_PORTS": str(free_offset()),
            "LAKE_PARTS": "road",
        },
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
