"""What the stack tells of its progress, and to whom."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from tidelake.local.readiness import StartCancelled


@dataclass(frozen=True, slots=True)
class Ready:
    """A process that can serve. `took` is None when it ran already; `unheeded` names variables that are set
    now and were not, or otherwise, when it was started."""

    name: str
    took: timedelta | None
    pss_bytes: int
    remark: str
    unheeded: Sequence[str] = ()


class Watcher(Protocol):
    """Is told of each step; may be called from several threads at once."""

    def starting(self, name: str) -> None: ...

    def doing(self, name: str, what: str) -> None: ...

    def downloaded(self, name: str, read_bytes: int, total_bytes: int) -> None: ...

    def ready(self, ready: Ready) -> None: ...

    def stopping(self, name: str) -> None: ...

    def stopped(self, name: str, orderly: bool) -> None: ...


class SilentWatcher:
    """Tells nobody."""

    def starting(self, name: str) -> None: ...

    def doing(self, name: str, what: str) -> None: ...

    def downloaded(self, name: str, read_bytes: int, total_bytes: int) -> None: ...

    def ready(self, ready: Ready) -> None: ...

    def stopping(self, name: str) -> None: ...

    def stopped(self, name: str, orderly: bool) -> None: ...


class DownloadProgress:
    """Adds up what several downloads read. Raises StartCancelled inside them when nobody waits any more."""

    def __init__(self, name: str, total_bytes: int, watcher: Watcher, abandoned: Callable[[], bool]) -> None:
        self._name = name
        self._total = total_bytes
        self._read = 0
        self._watcher = watcher
        self._abandoned = abandoned
        self._lock = threading.Lock()

    def advance(self, read_bytes: int) -> None:
        """Called with each piece, from the downloading threads."""
        if self._abandoned():
            raise StartCancelled("The download was given up.")
        with self._lock:
            self._read += read_bytes
            self._watcher.downloaded(self._name, self._read, self._total)
