"""`lake doctor`."""

import json
import socket
from pathlib import Path

import pytest
from tidelake.cli.main import main
from tidelake.local.stack import Stack


def test_nothing_wrong_is_exit_code_0(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    assert "✗" not in capsys.readouterr().out


def test_each_thing_that_is_wrong_comes_with_what_to_do_and_exit_code_1(
    stack: Stack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", stack.ports.kafka)):
        assert main(["doctor", "--json", str(tmp_path / "doctor.json")]) == 1
    shown = capsys.readouterr().out
    assert f"✗ ports      {stack.ports.kafka} (Kafka) is held by" in shown
    assert "→ Stop it, or move the stack's ports with LAKE_PORTS=1000." in shown
    [wrong] = [one for one in json.loads((tmp_path / "doctor.json").read_bytes()) if not one["ok"]]
    assert wrong["check"] == "ports"
