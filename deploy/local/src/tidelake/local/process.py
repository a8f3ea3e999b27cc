"""Starts processes in sessions of their own and ends them, children included, by recorded identity only."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import psutil
from tidelake.local.home import Home
from tidelake.local.identity import process_identity
from tidelake.local.jre import java_environ
from tidelake.local.logfiles import rotate
from tidelake.local.program import Engine, Program
from tidelake.local.readiness import StartFailed
from tidelake.local.records import ProcessRecord, Records

_STACK_MARK = "LAKE_STACK"
_LOOK_EVERY_S = 0.05


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


def launch(engine: Engine, program: Program, home: Home) -> Child:
    """Starts `program` without waiting for it; its output goes to its log, rotated before.

    Raises StartFailed.
    """
    home.make()
    log = home.log(engine.name)
    rotate(log)
    environ = {**java_environ(), **program.environ, _STACK_MARK: str(home.root)}
    try:
        with log.open("ab") as output:
            handle = subprocess.Popen(
                list(program.command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env=environ,
                cwd=program.folder or home.root,
            )
    except OSError as error:
        raise StartFailed(
            engine.name, f"{program.command[0]} can't be run ({error.strerror}).", log
        ) from error
    record = ProcessRecord(
        name=engine.name,
        pid=handle.pid,
        identity=process_identity(handle.pid) or "gone",
        command=list(program.command),
        ports=[port.number for port in engine.ports],
        started_at=datetime.now(UTC),
        stop_timeout_s=program.stop_timeout.total_seconds(),
        stop_signal=program.stop_signal,
        remark=program.remark,
        prefix=program.prefix,
        told=list(program.environ),
    )
    Records(home.run).save(record)
    return Child(record, handle)


def stop(record: ProcessRecord, home: Home, force: Callable[[], bool] = lambda: False) -> bool:
    """Ends the process and what it started, and forgets it. True when it ended by itself in its time.

    `force()` is asked while waiting: True means kill now.
    """
    orderly = True
    if record.alive:
        _signal(record, signal.Signals(record.stop_signal))
        orderly = _gone_within(record, record.stop_timeout_s, force)
        if not orderly:
            _signal(record, signal.SIGKILL)
            _gone_within(record, 10.0, lambda: False)
    for process in session_members(record, home):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    Records(home.run).remove(record.name)
    return orderly


def other_settings(record: ProcessRecord, environ: Mapping[str, str]) -> list[str]:
    """Names of the variables in `environ` by which the process, started now, would have other settings than
    it has; those that the stack sets itself are none. Empty once it is gone."""
    wanted = {
        name: value
        for name, value in environ.items()
        if record.prefix and name.startswith(record.prefix) and name not in record.told
    }
    with contextlib.suppress(psutil.NoSuchProcess):
        has = psutil.Process(record.pid).environ() if wanted else {}
        return sorted(name for name, value in wanted.items() if has.get(name) != value)
    return []


def kill(record: ProcessRecord) -> None:
    """Ends the process with SIGKILL, as a crash would; its children and its record stay."""
    _signal(record, signal.SIGKILL)
    _gone_within(record, 10.0, lambda: False)


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


def forgotten_processes(home: Home) -> list[psutil.Process]:
    """Those of `marked_processes` that no record accounts for, so that `stop` would not find them."""
    known = {record.pid for record in Records(home.run).all() if record.alive}
    return [process for process in marked_processes(home) if _session(process.pid) not in known]


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
