"""Waiting until a process can serve."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tidelake.local.home import Home
from tidelake.local.process import launch
from tidelake.local.readiness import StartCancelled, StartFailed, wait_until_ready

if TYPE_CHECKING:
    from .conftest import ToyEngine

    Toy = Callable[..., ToyEngine]

LONG = timedelta(seconds=30)


def test_an_early_death_is_noticed_at_once_and_shown_with_its_last_words(toy: Toy, home: Home) -> None:
    engine = toy(code="print('no luck'); sys.exit(3)")
    child = launch(engine, engine.prepare(), home)
    began = time.monotonic()
    with pytest.raises(StartFailed, match=r"(?s)toy did not start: it ended with exit code 3.*no luck"):
        wait_until_ready(engine, child.outcome, home, LONG)
    assert time.monotonic() - began < 5


def test_a_signal_is_called_by_its_name(toy: Toy, home: Home) -> None:
    engine = toy(code="os.kill(os.getpid(), signal.SIGSEGV)")
    child = launch(engine, engine.prepare(), home)
    with pytest.raises(StartFailed, match="it was ended by SIGSEGV"):
        wait_until_ready(engine, child.outcome, home, LONG)


def test_a_process_that_never_gets_ready_is_given_its_time_and_its_reason(toy: Toy, home: Home) -> None:
    engine = toy(code="time.sleep(60)")
    child = launch(engine, engine.prepare(), home)
    with pytest.raises(StartFailed, match=r"not ready within 0 s: it has not made its file.*wrote nothing"):
        wait_until_ready(engine, child.outcome, home, timedelta(seconds=0.2))


def test_waiting_ends_when_nobody_waits_any_more(toy: Toy, home: Home) -> None:
    engine = toy(code="time.sleep(60)")
    child = launch(engine, engine.prepare(), home)
    with pytest.raises(StartCancelled):
        wait_until_ready(engine, child.outcome, home, LONG, abandoned=lambda: True)


def test_a_stranger_that_answers_in_the_place_of_a_dead_process_does_not_count(toy: Toy, home: Home) -> None:
    engine = toy(code="sys.exit(1)")
    child = launch(engine, engine.prepare(), home)
    child.handle.wait()
    engine.sign.touch()
    with pytest.raises(StartFailed, match="exit code 1"):
        wait_until_ready(engine, child.outcome, home, LONG)
