"""How a process is at this moment."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from tidelake.local.home import Home
from tidelake.local.process import kill, launch
from tidelake.local.program import Port
from tidelake.local.readiness import wait_until_ready
from tidelake.local.state import look_at

if TYPE_CHECKING:
    from .conftest import ToyEngine

    Toy = Callable[..., ToyEngine]


def test_a_process_goes_from_stopped_to_ready_to_ended(toy: Toy, home: Home) -> None:
    engine = toy(ports=(Port(1, "x"), Port(2, "y")))
    assert look_at(engine, None, home).condition == "stopped"
    program = engine.prepare()
    child = launch(engine, program, home)
    wait_until_ready(engine, child.outcome, home, program.start_timeout)
    ready = look_at(engine, child.record, home)
    assert (ready.condition, ready.reason, ready.pid, ready.ports) == ("ready", "", child.record.pid, (1, 2))
    assert ready.pss_bytes > 1_000_000
    assert 0 < ready.uptime_s < 60
    engine.sign.unlink()
    unready = look_at(engine, child.record, home)
    assert (unready.condition, unready.reason) == ("not ready", "it has not made its file yet")
    kill(child.record)
    ended = look_at(engine, child.record, home)
    assert ended.condition == "ended"
    assert "lake logs toy" in ended.reason


@pytest.mark.parametrize("words", ["No space left on device", "File too large", "Disk quota exceeded"])
def test_a_full_disk_that_the_log_tells_of_is_the_reason(toy: Toy, home: Home, words: str) -> None:
    engine = toy(code=f"print('java.io.IOException: {words}'); sys.exit(1)")
    child = launch(engine, engine.prepare(), home)
    child.handle.wait()
    assert look_at(engine, child.record, home).reason.startswith(f"the disk is full: {words}")
