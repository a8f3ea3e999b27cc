"""One engine for the length of a `with` block: what tests and benches use instead of a whole stack."""

from collections.abc import Generator
from contextlib import contextmanager

from tidelake.local.home import Home
from tidelake.local.process import Child, launch, stop
from tidelake.local.program import Engine
from tidelake.local.readiness import wait_until_ready


@contextmanager
def running(engine: Engine, home: Home) -> Generator[Child]:
    """The engine's process, ready to serve; ended with all that it started. Raises StartFailed."""
    program = engine.prepare()
    child = launch(engine, program, home)
    try:
        wait_until_ready(engine, child.outcome, home, program.start_timeout)
        yield child
    finally:
        stop(child.record, home)
        child.handle.wait()
