"""What one small object of the store holds: a value, or the reason why it can't be used."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec
from tidelake.runtime.errors import LakeError, Terminal

T = TypeVar("T")

MAX_WORD_BYTES = 64 * 1024
"""Of a key, a binding, offsets given up: a few lines of JSON."""
MAX_DOCUMENT_BYTES = 1024 * 1024
"""Of a contract or a JSON Schema."""


class UnusableObject(LakeError, Terminal):
    """An object holds something else than its path says. `reason` alone is for those who name the path."""

    def __init__(self, path: str, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(
            f"The object {path} of the lake can't be used: {reason}. Mend or remove it and try again."
        )


def usable(path: str, content: bytes, max_bytes: int, decode: Callable[[bytes], T]) -> T:
    """The value in an object's content. `decode` reads nothing else than its argument.

    Raises UnusableObject for everything that the bytes can cause, so that a reader of many objects goes on
    with the next one.
    """
    if len(content) > max_bytes:
        raise UnusableObject(path, f"it has {len(content)} bytes, and at most {max_bytes} are read")
    try:
        return decode(content)
    except RecursionError as problem:
        raise UnusableObject(path, "it is nested too deeply") from problem
    except (msgspec.MsgspecError, ValueError, LakeError) as problem:  # UnicodeDecodeError is a ValueError
        raise UnusableObject(path, str(problem)) from problem
