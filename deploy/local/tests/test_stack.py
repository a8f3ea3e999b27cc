"""The stack as a whole, as far as it goes without starting an engine; the rest is in the system tests."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tidelake.local.home import Home
from tidelake.local.parts import ROAD_ALONE, SOURCES
from tidelake.local.port_check import PortsTaken
from tidelake.local.ports import StackPorts, free_offset
from tidelake.local.process import launch, marked_processes
from tidelake.local.readiness import StartCancelled
from tidelake.local.stack import NoSuchProcess, NotRunning, Stack

if TYPE_CHECKING:
    from .conftest import ToyEngine

    Toy = Callable[..., ToyEngine]


@pytest.fixture
def stack(home: Home, tmp_path: Path) -> Stack:
    return Stack(home, StackPorts().moved(free_offset()), cache=tmp_path / "cache")


def test_processes_start_in_the_order_in_which_they_need_each_other(stack: Stack) -> None:
    engines = ["gcs", "kafka", "postgres", "connect", "metastore", "trino"]
    services = ["ingest-router", "log-router", "bronze-writer-1", "bronze-writer-2"]
    assert stack.names == [*engines, "silver-processor", *services, "query-gateway", "monitor"]
    assert replace(stack, parts=ROAD_ALONE).names == ["gcs", "kafka", *services]
    with_sources = ["gcs", "kafka", "postgres", "connect", *services]
    assert replace(stack, parts={*ROAD_ALONE, SOURCES}).names == with_sources


def test_a_second_stack_has_other_ports_throughout(home: Home) -> None:
    usual = {port.number for engine in Stack(home).engines() for port in engine.ports}
    other = {
        port.number for engine in Stack(home, StackPorts().moved(1000)).engines() for port in engine.ports
    }
    assert usual == {
        18080,
        18083,
        19092,
        19093,
        19432,
        19083,
        18443,
        18100,
        18101,
        18102,
        18111,
        18112,
        18121,
        18130,
        18131,
        18140,
        18141,
    }
    assert other == {number + 1000 for number in usual}


def test_addresses_follow_the_ports(home: Home) -> None:
    stack = Stack(home, StackPorts().moved(1000))
    assert stack.router_url == "http://127.0.0.1:19100"
    assert stack.router_grpc == "127.0.0.1:19101"
    assert stack.lake.kafka_bootstrap_servers == "127.0.0.1:20092"
    assert stack.lake.lake_root == "gs://lake"
    assert stack.trino.url == "https://127.0.0.1:19443"


def test_a_taken_port_is_found_before_anything_is_started_or_downloaded(stack: Stack) -> None:
    with (
        socket.create_server(("127.0.0.1", stack.ports.router_grpc)),
        pytest.raises(PortsTaken, match=str(stack.ports.router_grpc)),
    ):
        stack.up()
    assert stack.records == {}
    assert marked_processes(stack.home) == []
    assert not stack.cache.exists()


def test_a_name_that_the_stack_does_not_have_is_refused_with_those_that_it_has(stack: Stack) -> None:
    for ask in (stack.stop, stack.start, stack.kill, stack.log):
        with pytest.raises(NoSuchProcess, match=r"no process 'kafkaa'. It has gcs, kafka"):
            ask("kafkaa")


def test_what_does_not_run_can_not_be_killed_but_stopped(stack: Stack) -> None:
    with pytest.raises(NotRunning, match="bronze-writer-1 does not run"):
        stack.kill("bronze-writer-1")
    assert stack.stop("bronze-writer-1")


def test_down_forgets_what_died_and_touches_no_process_that_has_its_pid_now(stack: Stack, toy: Toy) -> None:
    engine = toy("kafka")
    child = launch(engine, engine.prepare(), stack.home)
    os.kill(child.record.pid, signal.SIGKILL)
    child.handle.wait()
    assert stack.down() == []
    assert stack.records == {}


def test_down_ends_the_latest_first_and_says_what_it_ended(stack: Stack, toy: Toy) -> None:
    for name in ("gcs", "postgres", "metastore", "ingest-router"):
        engine = toy(name)
        launch(engine, engine.prepare(), stack.home)
    assert stack.down() == ["ingest-router", "metastore", "postgres", "gcs"]
    assert marked_processes(stack.home) == []
    assert stack.down() == []


def test_down_ends_also_what_was_started_with_more_parts(stack: Stack, toy: Toy) -> None:
    engine = toy("trino")
    launch(engine, engine.prepare(), stack.home)
    assert replace(stack, parts=ROAD_ALONE).down() == ["trino"]


def test_a_killed_process_stays_known_as_ended(stack: Stack, toy: Toy) -> None:
    engine = toy("bronze-writer-2")
    child = launch(engine, engine.prepare(), stack.home)
    assert stack.kill("bronze-writer-2") == child.record.pid
    assert {state.name: state.condition for state in stack.states()}["bronze-writer-2"] == "ended"


@dataclass(frozen=True)
class Impatient:
    requested: bool = True
    forced: bool = False


def test_only_one_command_at_a_time_starts_or_stops_and_waiting_can_be_given_up(stack: Stack) -> None:
    with stack.home.lock.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(StartCancelled, match="Another lake command"):
            stack.down(interrupt=Impatient())
    assert stack.down(interrupt=Impatient()) == []


def test_purging_leaves_no_state_and_the_downloads(stack: Stack) -> None:
    stack.cache.mkdir()
    (stack.home.data / "x").write_bytes(b"12")
    assert stack.purge() == 2
    assert not stack.home.root.exists()
    assert stack.cache.exists()


def test_a_start_that_could_not_begin_leaves_no_folder_where_none_was(tmp_path: Path) -> None:
    stack = Stack(Home(tmp_path / "new"), StackPorts().moved(free_offset()), cache=tmp_path / "cache")
    with socket.create_server(("127.0.0.1", stack.ports.kafka)), pytest.raises(PortsTaken):
        stack.up()
    assert not stack.home.root.exists()
    assert stack.down() == []
    assert not stack.home.root.exists()


def test_a_start_that_could_not_begin_leaves_what_was_there(stack: Stack) -> None:
    (stack.home.logs / "kafka.log").touch()
    with socket.create_server(("127.0.0.1", stack.ports.kafka)), pytest.raises(PortsTaken):
        stack.up()
    assert (stack.home.logs / "kafka.log").exists()
    assert stack.home.conf.exists()


def test_a_lock_that_its_holder_removes_is_taken_anew_by_who_waits_for_it(stack: Stack) -> None:
    lock = stack.home.lock.open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)

    def purge() -> None:
        stack.home.purge()
        lock.close()

    threading.Timer(0.3, purge).start()
    assert stack.down() == []
    assert stack.home.lock.exists()
