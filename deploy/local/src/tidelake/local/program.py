"""One process of the stack as a value: how it is started, and how one knows that it can serve."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Port:
    """A TCP port on 127.0.0.1 that a program listens on, and what for."""

    number: int
    use: str


@dataclass(frozen=True, slots=True)
class Program:
    """`unready()` says why it can't serve yet, and None once it does; it takes at most about a second."""

    name: str
    command: Sequence[str]
    ports: Sequence[Port]
    unready: Callable[[], str | None]
    environ: Mapping[str, str] = field(default_factory=dict[str, str])
    start_timeout: timedelta = timedelta(seconds=60)
    stop_timeout: timedelta = timedelta(seconds=30)
    remark: str = ""


class Engine(Protocol):
    """One kind of process of the stack."""

    @property
    def name(self) -> str: ...

    @property
    def ports(self) -> Sequence[Port]: ...

    def prepare(self) -> Program:
        """Writes what the process reads at its start. Repeatable; what runs already is not disturbed."""
        ...
