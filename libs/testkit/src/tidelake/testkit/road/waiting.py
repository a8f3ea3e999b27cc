"""Waiting for a condition: never a fixed sleep, never for ever."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_NEVER = threading.Event()


class NotInTime(AssertionError):
    """What was waited for did not come about."""


def until(condition: Callable[[], T], within: float, what: str | Callable[[], str], every: float = 0.05) -> T:
    """The first true answer of `condition`, asked every `every` seconds.

    Raises NotInTime after `within` seconds; `what`, asked only then, says what was waited for.
    """
    end = time.monotonic() + within
    while not (answer := condition()):
        if time.monotonic() > end:
            wanted = what if isinstance(what, str) else what()
            raise NotInTime(f"not within {within:g} s: {wanted} (last answer: {answer!r})")
        pause(every)
    return answer


def pause(seconds: float) -> None:
    """Lets others work. For pacing only: a test that needs something to have happened uses `until`."""
    _NEVER.wait(seconds)
