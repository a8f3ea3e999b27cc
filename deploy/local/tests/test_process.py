"""Starting and ending processes."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import psutil
import pytest
from tidelake.local.home import Home
from tidelake.local.process import Child, forgotten_processes, kill, launch, session_members, stop
from tidelake.local.program import Program
from tidelake.local.readiness import StartFailed, wait_until_ready
from tidelake.local.records import Records

if TYPE_CHECKING:
    from .conftest import ToyEngine

    Toy = Callable[..., ToyEngine]

WITH_A_CHILD = """
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
ready.write_text(str(child.pid))
time.sleep(60)
"""
DEAF = "signal.signal(signal.SIGTERM, signal.SIG_IGN); ready.touch(); time.sleep(60)"


def started(engine: ToyEngine) -> Child:
    program = engine.prepare()
    child = launch(engine, program, engine.home)
    wait_until_ready(engine, child.outcome, engine.home, program.start_timeout)
    return child


def test_a_process_is_recorded_logs_to_its_file_and_has_a_session_of_its_own(toy: Toy, home: Home) -> None:
    child = started(toy(code="print('hello', file=sys.stderr); ready.touch(); time.sleep(60)"))
    assert Records(home.run).find("toy") == child.record
    assert home.log("toy").read_text() == "hello\n"
    assert os.getsid(child.record.pid) == child.record.pid != os.getsid(0)


def test_stopping_asks_first_and_forgets_the_process(toy: Toy, home: Home) -> None:
    child = started(toy())
    assert stop(child.record, home)
    assert child.handle.wait() == -signal.SIGTERM
    assert Records(home.run).all() == []


def test_an_engine_may_be_asked_by_another_signal_and_work_in_another_folder(
    toy: Toy, home: Home, tmp_path: Path
) -> None:
    engine = toy(code="print(os.getcwd()); ready.touch(); time.sleep(60)")
    program = replace(engine.prepare(), stop_signal=signal.SIGINT, folder=tmp_path)
    child = launch(engine, program, home)
    wait_until_ready(engine, child.outcome, home, program.start_timeout)
    assert home.log("toy").read_text() == f"{tmp_path}\n"
    [record] = Records(home.run).all()
    assert stop(record, home)
    assert "KeyboardInterrupt" in home.log("toy").read_text()


def test_who_does_not_obey_in_its_time_is_killed(toy: Toy, home: Home) -> None:
    child = started(toy(code=DEAF))
    assert not stop(msgspec.structs.replace(child.record, stop_timeout_s=0.2), home)
    assert child.handle.wait() == -signal.SIGKILL


def test_a_second_request_kills_at_once(toy: Toy, home: Home) -> None:
    child = started(toy(code=DEAF))
    assert not stop(child.record, home, force=lambda: True)
    assert child.handle.wait() == -signal.SIGKILL


def test_a_stopped_process_that_sleeps_by_sigstop_is_ended_too(toy: Toy, home: Home) -> None:
    child = started(toy())
    os.kill(child.record.pid, signal.SIGSTOP)
    stop(msgspec.structs.replace(child.record, stop_timeout_s=0.2), home)
    assert not child.record.alive


def test_children_of_the_process_are_ended_with_it(toy: Toy, home: Home) -> None:
    engine = toy(code=WITH_A_CHILD)
    child = started(engine)
    grandchild = psutil.Process(int(engine.sign.read_text()))
    assert session_members(child.record, home) == [grandchild]
    stop(child.record, home)
    with suppress(psutil.NoSuchProcess):
        grandchild.wait(5)
    assert not grandchild.is_running()


def test_children_of_a_process_that_was_killed_are_ended_too(toy: Toy, home: Home) -> None:
    engine = toy(code=WITH_A_CHILD)
    child = started(engine)
    kill(child.record)
    child.handle.wait()
    grandchild = psutil.Process(int(engine.sign.read_text()))
    assert grandchild.is_running()
    stop(child.record, home)
    with suppress(psutil.NoSuchProcess):
        grandchild.wait(5)
    assert not grandchild.is_running()


def test_a_process_that_was_given_the_recorded_pid_is_never_touched(toy: Toy, home: Home) -> None:
    child = started(toy())
    stale = msgspec.structs.replace(child.record, name="stale", identity="another boot/1")
    Records(home.run).save(stale)
    assert stop(stale, home)
    assert child.record.alive
    assert Records(home.run).find("stale") is None


def test_a_program_that_is_not_there_is_named(toy: Toy, home: Home) -> None:
    engine = toy()
    with pytest.raises(StartFailed, match=r"/absent can't be run \(No such file or directory\)"):
        launch(engine, Program(command=["/absent"]), home)
    assert Records(home.run).all() == []


def test_a_process_whose_record_was_lost_is_found(toy: Toy, home: Home) -> None:
    child = started(toy(code=WITH_A_CHILD))
    assert forgotten_processes(home) == []
    Records(home.run).remove("toy")
    assert child.record.pid in [process.pid for process in forgotten_processes(home)]
    Records(home.run).save(child.record)


def test_a_developers_java_options_do_not_reach_the_process(
    toy: Toy, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", "-Xmx1m")
    started(toy(code="print(os.environ.get('JAVA_TOOL_OPTIONS')); ready.touch(); time.sleep(60)"))
    assert home.log("toy").read_text() == "None\n"
