"""`lake up`, from the first process to the last, over real engines."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tidelake.local.freeports import free_ports
from tidelake.local.process import marked_processes
from tidelake.local.stack import Stack

pytestmark = [pytest.mark.system, pytest.mark.timeout(480)]


def lake(*arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "tidelake.cli", *arguments]
    environ = {**os.environ, **variables}
    return subprocess.run(
        command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, env=environ
    )


def conditions(folder: Path) -> dict[str, Any]:
    lake("status", "--json", str(folder / "status.json"))
    data = json.loads((folder / "status.json").read_bytes())
    return {one["name"]: one["condition"] for one in data["processes"]}


def test_a_stack_comes_up_whole_is_mended_by_up_and_goes_without_a_trace(
    stack: Stack, tmp_path: Path
) -> None:
    """The road alone: tests/system/test_demo.py has all of it."""
    up = lake("up")
    assert up.returncode == 0, up.stderr
    assert "one broker: replication 1" in up.stdout
    assert stack.router_url in up.stdout
    now = conditions(tmp_path)
    assert set(now.values()) == {"ready"}
    assert lake("doctor").returncode == 0

    pids = {name: record.pid for name, record in stack.records.items()}
    stack.kill("bronze-writer-2")
    assert conditions(tmp_path)["bronze-writer-2"] == "ended"
    assert "bronze-writer-2 is gone though nobody stopped it" in lake("doctor").stdout
    assert lake("up").returncode == 0
    changed = {name for name, record in stack.records.items() if record.pid != pids[name]}
    assert changed == {"bronze-writer-2"}
    assert set(conditions(tmp_path).values()) == {"ready"}
    assert "service_started" in lake("logs", "bronze-writer-2").stdout

    assert lake("down", "--purge", "--yes").returncode == 0
    assert marked_processes(stack.home) == []
    assert not stack.home.root.exists()


def test_what_runs_with_other_settings_is_named(stack: Stack) -> None:
    assert lake("up").returncode == 0
    again = lake("up", LOG_ROUTER_BATCH_LINES="7")
    assert again.returncode == 0
    assert "log-router runs without what is set now: LOG_ROUTER_BATCH_LINES" in " ".join(again.stdout.split())
    assert "ingest-router runs without" not in again.stdout


def test_a_taken_port_is_named_and_nothing_is_started(stack: Stack) -> None:
    with socket.create_server(("127.0.0.1", stack.ports.writer)):
        up = lake("up")
    assert up.returncode == 1
    assert (
        f"port {stack.ports.writer} (health of bronze-writer-1) is held by process {os.getpid()}" in up.stderr
    )
    assert "Nothing was started" in up.stderr
    assert marked_processes(stack.home) == []


def test_without_a_network_it_says_what_to_do_and_leaves_no_process(stack: Stack, tmp_path: Path) -> None:
    nowhere = f"http://127.0.0.1:{free_ports(1)[0]}"
    up = lake("up", TIDELAKE_CACHE=str(tmp_path / "cache"), TIDELAKE_MAVEN_URL=nowhere)
    assert up.returncode == 1
    assert "no connection could be made" in up.stderr
    assert "Check the network" in up.stderr
    assert marked_processes(stack.home) == []
    assert not list((tmp_path / "cache").rglob("*.jar"))


def test_a_service_that_can_not_start_takes_the_others_down_and_shows_why(stack: Stack) -> None:
    up = lake("up", INGEST_ROUTER_HTTP_PROT="1")
    assert up.returncode == 1
    assert "ingest-router did not start: it ended with exit code 2." in up.stderr
    assert "INGEST_ROUTER_HTTP_PROT: no such setting" in up.stderr
    assert marked_processes(stack.home) == []
