"""A local stack for one bench alone: a folder of its own, ports of its own, gone at the end."""

import shutil
import tempfile
from collections.abc import Collection, Generator
from contextlib import contextmanager
from pathlib import Path

from tidelake.local.home import Home
from tidelake.local.parts import Part
from tidelake.local.ports import StackPorts, free_offset
from tidelake.local.stack import Stack
from tidelake.local.watching import Watcher
from tidelake.runtime.shutdown import StopSignal


@contextmanager
def own_stack(
    watcher: Watcher, stop: StopSignal, *, writers: int, parts: Collection[Part], silvers: int = 1
) -> Generator[Stack]:
    """A stack of which nothing runs yet. At the end, whatever the reason, everything
    that was started in it is ended and its folder removed."""
    folder = Path(tempfile.mkdtemp(prefix="tidelake-bench-"))
    ports = StackPorts().moved(free_offset(writers, silvers))
    stack = Stack(Home(folder), ports, writers=writers, silvers=silvers, parts=parts)
    try:
        yield stack
    finally:
        stack.down(watcher, stop)
        shutil.rmtree(folder, ignore_errors=True)
