"""What a process of the stack is: an engine that prepares a program, and answers whether it can serve."""

import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Port:
    """A TCP port on 127.0.0.1 that a process listens on, and what for."""

    number: int
    use: str


@dataclass(frozen=True, slots=True)
class Program:
    """How a process is started, asked to end, and how long that may take.

    `environ` is added to the inherited one, of which its settings begin with `prefix`. `folder` is where it
    works, if not in the stack's state folder.
    """

    command: Sequence[str]
    environ: Mapping[str, str] = field(default_factory=dict[str, str])
    prefix: str = ""  # empty: it has no settings in variables
    start_timeout: timedelta = timedelta(seconds=60)
    stop_timeout: timedelta = timedelta(seconds=30)
    stop_signal: signal.Signals = signal.SIGTERM
    folder: Path | None = None
    remark: str = ""


class Engine(Protocol):
    """One process of the stack."""

    @property
    def name(self) -> str: ...

    @property
    def ports(self) -> Sequence[Port]: ...

    def prepare(self) -> Program:
        """Writes what the process reads at its start. May be repeated; one that runs is not disturbed."""
        ...

    def unready(self) -> str | None:
        """Why it can't serve; None once it can. A real question to it, answered within about a second."""
        ...
