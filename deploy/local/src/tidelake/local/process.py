"""Starts processes in sessions of their own and ends them, children included, by recorded identity only."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
from tidelake.local.home import Home
from tidelake.local.identity import process_identity
from tidelake.local.jre import java_environ
from tidelake.local.logfiles import last_lines, rotate
from tidelake.local.program import Program
from tidelake.local.records import ProcessRecord, Records
from tidelake.runtime.errors import LakeError, Terminal

_STACK_MARK = "LAKE_STACK"
_LOOK_EVERY_S = 0.05


class StartFailed(LakeError, Terminal):
    """A process ended early or did not become ready."""

    def __init__(self, name: str, reason: str, log: Path) -> None:
        tail = "\n".join(f"  {line}" for line in last_lines(log, 20))
        shown = f"The end of its log ({log}):\n{tail}" if tail else f"It wrote nothing to {log}."
        super().__init__(f"{name} did not start: {reason} {shown}")
        self.name = name
        self.log = log


class StartCancelled(LakeError):
    """Nobody waits for this start any more."""


@dataclass(frozen=True, slots=True)
class Child:
    """A process that this process started."""

    record: ProcessRecord
    handle: "subprocess.Popen[bytes]"

    def outcome(self) -> str | None:
        """How it ended, as the rest of a sentence; None while it runs."""
        code = self.handle.poll()
        if code is None:
            return None
        return (
            f"it was ended by {signal.Signals(-code).name}."
            if code < 0
            else f"it ended with exit code {code}."
        )


def launch(program: Program, home: Home) -> Child:
    """Starts `program` without waiting for it; its output goes to its log, rotated before."""
    home.make()
    log = home.log(program.name)
    rotate(log)
    with log.open("ab") as output:
        handle = subprocess.Popen(
            list(program.command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**java_environ(), **program.environ, _STACK_MARK: str(home.root)},
            cwd=home.root,
        )
    record = ProcessRecord(
        name=program.name,
        pid=handle.pid,
        identity=process_identity(handle.pid) or "gone",
        command=list(program.command),
        ports=[port.number for port in program.ports],
        started_at=datetime.now(UTC),
        stop_timeout_s=program.stop_timeout.total_seconds(),
        remark=program.remark,
    )
    Records(home.run).save(record)
    return Child(record, handle)


def wait_until_ready(program: Program, child: Child, home: Home, cancelled: threading.Event) -> timedelta:
    """How long it took. Raises StartFailed as soon as the process is gone, or when its time is over."""
    began = time.monotonic()
    log = home.log(program.name)
    while (reason := program.unready()) is not None:
        if outcome := child.outcome():
            raise StartFailed(program.name, outcome, log)
        if time.monotonic() - began > program.start_timeout.total_seconds():
            within = f"within {program.start_timeout.total_seconds():.0f} s"
            raise StartFailed(program.name, f"it runs but was not ready {within}: {reason}.", log)
        if cancelled.wait(_LOOK_EVERY_S):
            raise StartCancelled(f"The start of {program.name} was given up.")
    # Something else may have answered on the port while the process itself died of finding it taken.
    if outcome := child.outcome():
        raise StartFailed(program.name, outcome, log)
    return timedelta(seconds=time.monotonic() - began)


def stop(record: ProcessRecord, home: Home, force: Callable[[], bool] = lambda: False) -> bool:
    """Ends the process and what it started, and forgets it. True when it ended by itself in its time.

    `force()` is asked while waiting: True means kill now.
    """
    orderly = True
    if record.alive:
        _signal(record, signal.SIGTERM)
        orderly = _gone_within(record, record.stop_timeout_s, force)
        if not orderly:
            _signal(record, signal.SIGKILL)
            _gone_within(record, 10.0, lambda: False)
    for process in session_members(record, home):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    Records(home.run).remove(record.name)
    return orderly


def stop_all(home: Home, force: Callable[[], bool] = lambda: False) -> None:
    """Ends everything that was started in `home`, the latest first."""
    for record in reversed(Records(home.run).all()):
        stop(record, home, force)


def session_members(record: ProcessRecord, home: Home) -> list[psutil.Process]:
    """What the recorded process started, directly or not, without itself."""
    return [
        process for process in marked_processes(home) if _session(process.pid) == record.pid != process.pid
    ]


def marked_processes(home: Home) -> list[psutil.Process]:
    """Every living process that was started for this stack, known or forgotten."""
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(_STACK_MARK) == str(home.root) and process_identity(process.pid):
                found.append(process)
    return found


def _session(pid: int) -> int | None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        return os.getsid(pid)
    return None


def _signal(record: ProcessRecord, number: signal.Signals) -> None:
    if record.alive:
        with contextlib.suppress(ProcessLookupError):
            os.kill(record.pid, number)


def _gone_within(record: ProcessRecord, seconds: float, force: Callable[[], bool]) -> bool:
    never = threading.Event()
    end = time.monotonic() + seconds
    while record.alive:
        if time.monotonic() > end or force():
            return False
        never.wait(_LOOK_EVERY_S)
    return True
