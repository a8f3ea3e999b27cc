"""One engine for the length of a `with` block: what tests and benches use instead of a whole stack."""

import threading
from collections.abc import Generator
from contextlib import contextmanager

from tidelake.local.home import Home
from tidelake.local.process import Child, launch, stop, wait_until_ready
from tidelake.local.program import Engine


@contextmanager
def running(engine: Engine, home: Home) -> Generator[Child]:
    """The engine's process, ready to serve; ended with all that it started. Raises StartFailed."""
    program = engine.prepare()
    child = launch(program, home)
    try:
        wait_until_ready(program, child, home, threading.Event())
        yield child
    finally:
        stop(child.record, home)
        child.handle.wait()
