"""One process at a time, across checkouts."""

import contextlib
import fcntl
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from tidelake.local.readiness import StartCancelled

_LOOK_EVERY_S = 0.1


@contextmanager
def alone(lock: Path, abandoned: Callable[[], bool]) -> Generator[None]:
    """Holds the lock, which ends with the process at the latest. Raises OSError; StartCancelled when
    `abandoned()` says while another process holds it that nobody waits any more."""
    never = threading.Event()
    with lock.open("w") as held:
        while True:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            if abandoned():
                raise StartCancelled("Another process is still at the same.")
            never.wait(_LOOK_EVERY_S)
        yield
