"""Looking for what is wrong."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tidelake.local import checkup
from tidelake.local.artifacts import locked_artifacts
from tidelake.local.checkup import Finding, check_up
from tidelake.local.fetching import ArtifactCache
from tidelake.local.home import Home
from tidelake.local.maven import MavenRepository
from tidelake.local.ports import StackPorts, free_offset
from tidelake.local.process import kill, launch
from tidelake.local.records import Records
from tidelake.local.stack import Stack

if TYPE_CHECKING:
    from .conftest import ToyEngine

    Toy = Callable[..., ToyEngine]


@pytest.fixture
def stack(home: Home, tmp_path: Path) -> Stack:
    return Stack(home, StackPorts().moved(free_offset()), cache=tmp_path / "cache")


def found(stack: Stack, check: str) -> list[Finding]:
    return [finding for finding in check_up(stack) if finding.check == check]


def test_a_machine_on_which_nothing_runs_yet_has_nothing_wrong(stack: Stack) -> None:
    findings = check_up(stack)
    assert [finding.seen for finding in findings if not finding.ok] == []
    assert {"Python", "Java", "clock", "memory", "disk", "cache", "ports", "processes", "left over"} == {
        finding.check for finding in findings
    }


def test_a_port_that_another_process_holds_is_found_with_the_holder(stack: Stack) -> None:
    with socket.create_server(("127.0.0.1", stack.ports.kafka)):
        [finding] = found(stack, "ports")
    assert not finding.ok
    assert f"{stack.ports.kafka} (Kafka) is held by process {os.getpid()}" in finding.seen


def test_a_damaged_download_is_found_and_one_that_is_not_there_yet_is_nothing_wrong(stack: Stack) -> None:
    assert found(stack, "cache")[0].ok
    one = locked_artifacts("kafka")[0]
    path = ArtifactCache(stack.cache, MavenRepository()).path(one)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"damaged")
    [finding] = found(stack, "cache")
    assert not finding.ok
    assert one.coordinates in finding.seen


def test_a_process_that_died_is_found_until_it_is_stopped(stack: Stack, toy: Toy) -> None:
    engine = toy("kafka")
    kill(launch(engine, engine.prepare(), stack.home).record)
    [finding] = found(stack, "processes")
    assert not finding.ok
    assert "kafka is gone though nobody stopped it" in finding.seen
    stack.down()
    assert found(stack, "processes")[0].ok


def test_a_process_whose_record_was_lost_is_found_by_its_pid(stack: Stack, toy: Toy) -> None:
    engine = toy("kafka")
    child = launch(engine, engine.prepare(), stack.home)
    Records(stack.home.run).remove("kafka")
    [finding] = found(stack, "left over")
    assert finding.advice == f"kill {child.record.pid}"
    child.handle.kill()
    child.handle.wait()
    assert found(stack, "left over")[0].ok


def test_a_full_disk_and_a_clock_that_is_behind_are_found(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkup, "_DISK_NEEDED", 10**18)
    monkeypatch.setattr(time, "time", lambda: 1_000_000_000.0)
    assert [finding.ok for finding in found(stack, "disk")] == [False, False]
    assert "LAKE_HOME" in found(stack, "disk")[0].advice
    assert "NTP" in found(stack, "clock")[0].advice
