"""Sends no faster than asked, and no further once the user wants to stop."""

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import TypeVar

from .interruption import Interrupted

T = TypeVar("T")


def paced(
    items: Iterable[T], *, rate: float | None, wait: Callable[[timedelta], bool], burst: int
) -> Iterator[T]:
    """The items, at most `rate` a second on average (None: as fast as they are taken), `burst` at a time.

    `wait` returns True when it is over. Raises Interrupted then.
    """
    began = time.monotonic()
    for number, item in enumerate(items):
        if number % burst == 0:
            due = began + number / rate if rate else began
            if wait(timedelta(seconds=max(0.0, due - time.monotonic()))):
                raise Interrupted
        yield item


def halved(items: Iterable[T], half: int, between: Callable[[], object]) -> Iterator[T]:
    """The items; `between` is called once, when `half` of them are taken."""
    for number, item in enumerate(items):
        if number == half:
            between()
        yield item
