"""How a process of the stack is at this moment."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from tidelake.local.home import Home
from tidelake.local.logfiles import last_lines
from tidelake.local.memory import cost_of
from tidelake.local.program import Engine
from tidelake.local.records import ProcessRecord

Condition = Literal["ready", "not ready", "ended", "stopped"]
_DISK_FULL = re.compile(r"No space left on device|File too large|Disk quota exceeded")


@dataclass(frozen=True, slots=True)
class ProcessState:
    """`ended`: it is gone though nobody stopped it. `reason` says why it can't serve, empty when it can."""

    name: str
    condition: Condition
    reason: str
    ports: tuple[int, ...]
    pid: int | None = None
    uptime_s: float = 0.0
    pss_bytes: int = 0
    cpu_seconds: float = 0.0


def look_at(engine: Engine, record: ProcessRecord | None, home: Home) -> ProcessState:
    """Asks the process itself whether it can serve, so this may take about a second."""
    ports = tuple(port.number for port in engine.ports)
    if record is None:
        return ProcessState(engine.name, "stopped", "", ports)
    full = disk_full_line(home, engine.name)
    if not record.alive:
        reason = full or f"it ended by itself; `lake logs {engine.name}` shows its last words"
        return ProcessState(engine.name, "ended", reason, ports)
    reason = engine.unready()
    cost = cost_of(record.pid)
    return ProcessState(
        engine.name,
        "not ready" if reason else "ready",
        (full or reason) if reason else "",
        ports,
        record.pid,
        (datetime.now(UTC) - record.started_at).total_seconds(),
        cost.pss_bytes if cost else 0,
        cost.cpu_seconds if cost else 0.0,
    )


def disk_full_line(home: Home, name: str) -> str | None:
    """What the end of the process' log says of a full disk; None when it says nothing of it."""
    for line in reversed(last_lines(home.log(name), 200)):
        if found := _DISK_FULL.search(line):
            return f"the disk is full: {found.group()} ({home.log(name)})"
    return None
