"""Starting several processes: all or none."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tidelake.local.home import Home
from tidelake.local.process import launch, marked_processes
from tidelake.local.program import Program
from tidelake.local.readiness import StartCancelled, StartFailed
from tidelake.local.records import Records
from tidelake.local.starting import Starter
from tidelake.local.watching import Ready, SilentWatcher

if TYPE_CHECKING:
    from .conftest import ToyEngine

    Toy = Callable[..., ToyEngine]

NEVER_READY = "time.sleep(60)"


class Told(SilentWatcher):
    """Keeps what it was told."""

    def __init__(self) -> None:
        self.readies: list[Ready] = []
        self.ended: list[str] = []
        self.last_heard: dict[str, str] = {}

    def starting(self, name: str) -> None:
        self.last_heard[name] = "starting"

    def doing(self, name: str, what: str) -> None:
        self.last_heard[name] = what

    def ready(self, ready: Ready) -> None:
        self.readies.append(ready)

    def stopped(self, name: str, orderly: bool) -> None:
        self.ended.append(name)


def never() -> bool:
    return False


def test_processes_that_start_together_need_no_longer_than_the_slowest(toy: Toy, home: Home) -> None:
    # Each waits for the other's sign: one after the other they would never be ready.
    meet = "ready.touch()\nother = ready.with_name('{}.ready')\n"
    meet += "while not other.exists(): time.sleep(0.01)\ntime.sleep(60)"
    told = Told()
    Starter(home, told, never).start([toy("a", meet.format("b")), toy("b", meet.format("a"))])
    assert {ready.name for ready in told.readies} == {"a", "b"}
    assert all(
        ready.took and ready.pss_bytes > 1_000_000 and ready.remark == "a toy" for ready in told.readies
    )


def test_one_that_fails_ends_the_waiting_for_the_others_and_its_error_is_told(toy: Toy, home: Home) -> None:
    starter = Starter(home, SilentWatcher(), never)
    with pytest.raises(StartFailed, match="b did not start"):
        starter.start([toy("a", NEVER_READY), toy("b", "sys.exit(1)"), toy("c", NEVER_READY)])
    starter.undo(never)
    assert marked_processes(home) == []
    assert Records(home.run).all() == []


def test_giving_up_in_mid_start_leaves_no_process(toy: Toy, home: Home) -> None:
    given_up = threading.Event()
    starter = Starter(home, SilentWatcher(), given_up.is_set)
    starter.start([toy("first")])
    threading.Timer(0.3, given_up.set).start()
    with pytest.raises(StartCancelled):
        starter.start([toy("a", NEVER_READY), toy("b", NEVER_READY)])
    starter.undo(never)
    assert marked_processes(home) == []


def test_a_failure_while_giving_up_is_part_of_giving_up(
    toy: Toy, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails() -> Program:
        raise StartFailed("broken", "it was interrupted.", home.log("broken"))

    broken = toy("broken")
    monkeypatch.setattr(broken, "prepare", fails)
    with pytest.raises(StartCancelled):
        Starter(home, SilentWatcher(), lambda: True).start([broken])


def test_what_was_started_is_undone_in_the_reverse_order(toy: Toy, home: Home) -> None:
    told = Told()
    starter = Starter(home, told, never)
    for name in ("a", "b", "c"):
        starter.start([toy(name)])
    starter.undo(never)
    assert told.ended == ["c", "b", "a"]


def test_what_runs_already_is_waited_for_and_not_ended(toy: Toy, home: Home) -> None:
    told = Told()
    running = toy("running")
    child = launch(running, running.prepare(), home)
    starter = Starter(home, told, never)
    starter.start([running], running={"running"})
    assert [(ready.name, ready.took) for ready in told.readies] == [("running", None)]
    starter.undo(never)
    assert child.record.alive


def test_what_runs_already_is_told_with_the_settings_that_it_does_not_heed(
    toy: Toy, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = toy("running")
    for name in ("TOY_KEPT", "TOY_CHANGED"):
        monkeypatch.setenv(name, "before")
    program = replace(running.prepare(), prefix="TOY_", environ={"TOY_PORT": "1"})
    launch(running, program, home)
    for name in ("TOY_CHANGED", "TOY_NEW", "TOY_PORT", "TOYS"):
        monkeypatch.setenv(name, "now")
    told = Told()
    Starter(home, told, never).start([running], running={"running"})
    assert [ready.unheeded for ready in told.readies] == [["TOY_CHANGED", "TOY_NEW"]]


def test_what_ran_already_but_can_not_serve_is_an_error(toy: Toy, home: Home) -> None:
    dead = toy("dead", "sys.exit(1)", start_timeout=timedelta(seconds=1))
    launch(dead, dead.prepare(), home).handle.wait()
    with pytest.raises(StartFailed, match="ended meanwhile"):
        Starter(home, SilentWatcher(), never).start([dead], running={"dead"})


def test_what_a_preparation_told_is_over_once_the_process_starts(
    toy: Toy, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, engine = Told(), toy("engine")
    prepare = engine.prepare

    def long_preparation() -> Program:
        told.doing("engine", "making a cache")
        return prepare()

    monkeypatch.setattr(engine, "prepare", long_preparation)
    starter = Starter(home, told, never)
    starter.start([engine])
    starter.undo(never)
    assert told.last_heard == {"engine": "starting"}
