"""Work beside the loop: what goes wrong is a component's health, and nothing more."""

import threading
from datetime import timedelta

from tidelake.runtime.errors import LakeError
from tidelake.runtime.health import Health
from tidelake.runtime.repeating import attempt, repeating


class Trouble(LakeError):
    """Something that a person can read."""


def test_trouble_is_the_components_health_until_it_is_over() -> None:
    health = Health()

    def fail() -> None:
        raise Trouble("the store is away")

    attempt("contracts", fail, health)
    assert not health.ready()
    assert "the store is away" in str(health.report())
    attempt("contracts", lambda: None, health)
    assert health.ready()


def test_a_fault_of_the_program_is_said_and_does_not_end_the_repeating() -> None:
    health = Health()
    attempt("contracts", lambda: int("fault"), health)
    assert "ValueError" in str(health.report())
    attempt("contracts", lambda: None, health)
    assert health.ready()


def test_it_is_repeated_until_the_context_ends() -> None:
    times = threading.Semaphore(0)
    with repeating("contracts", times.release, timedelta(milliseconds=1), Health()):
        for _ in range(3):
            assert times.acquire(timeout=5)
    while times.acquire(blocking=False):
        pass
    assert not times.acquire(timeout=0.02)
