"""One engine for the length of a `with` block: what tests and benches use instead of a whole stack."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from tidelake.local.home import Home
from tidelake.local.process import Child, launch, stop
from tidelake.local.program import Engine
from tidelake.local.readiness import wait_until_ready

CACHE_WRITTEN = timedelta(seconds=120)
"""For a Java that writes an AOT cache after it was told to end."""


@contextmanager
def running(
    engine: Engine,
    home: Home,
    abandoned: Callable[[], bool] = lambda: False,
    stop_timeout: timedelta | None = None,
) -> Generator[Child]:
    """The engine's process, ready to serve; ended with all that it started, in its own time or the one given.

    Raises StartFailed; StartCancelled when `abandoned()` says while it starts that nobody waits any more.
    """
    program = engine.prepare()
    program = replace(program, stop_timeout=stop_timeout or program.stop_timeout)
    child = launch(engine, program, home)
    try:
        wait_until_ready(engine, child.outcome, home, program.start_timeout, abandoned)
        yield child
    finally:
        stop(child.record, home)
        child.handle.wait()
