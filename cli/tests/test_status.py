"""`lake status`."""

import json
import sys
from pathlib import Path

import pytest
from tidelake.cli.main import main
from tidelake.local.freeports import free_ports
from tidelake.local.gcs import Gcs
from tidelake.local.process import kill, launch
from tidelake.local.program import Program
from tidelake.local.stack import Stack


def test_a_stack_that_does_not_run_is_shown_so_and_exit_code_1(
    stack: Stack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["status", "--json", str(tmp_path / "status.json")]) == 1
    shown = capsys.readouterr().out
    assert all(name in shown for name in stack.names)
    data = json.loads((tmp_path / "status.json").read_bytes())
    assert [one["condition"] for one in data["processes"]] == ["stopped"] * 6
    assert data["disk_free_bytes"] > 0


def test_a_process_that_died_of_a_full_disk_says_so(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    engine = Gcs(stack.home, free_ports(1)[0])
    code = "print('OSError: [Errno 28] No space left on device', flush=True); import time; time.sleep(60)"
    child = launch(engine, Program(command=[sys.executable, "-c", code]), stack.home)
    while "No space" not in stack.home.log("gcs").read_text():
        assert child.record.alive
    kill(child.record)
    assert main(["status"]) == 1
    lines = capsys.readouterr().out.splitlines()
    [row] = [line for line in lines if line.startswith("gcs ")]
    assert "the disk" not in row
    assert any(line.startswith("gcs: the disk is full: No space left on device (") for line in lines)
