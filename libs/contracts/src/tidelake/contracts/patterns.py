"""Patterns that mean the same to the door's engine (ECMA 262 on Rust) and to Java's, which Spark uses.

The two differ in what $, ., \\d, \\s, \\w, \\b and brackets inside brackets mean. Each part of a pattern that
both engines can be told is written in Java's words here; a pattern with any other part is refused.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator

_CLASSES = {
    "d": "0-9",
    "w": "A-Za-z0-9_",
    # White space and line ends of ECMA 262.
    "s": r"\t\n\x0B\f\r \xA0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000\uFEFF",
}
_CONTROLS = {"t": r"\t", "n": r"\n", "r": r"\r", "f": r"\f", "v": r"\x0B"}
_HEX = re.compile(r"\\(?:x[0-9A-Fa-f]{2}|u(?![dD][89A-Fa-f])[0-9A-Fa-f]{4})")
_QUANTIFIER = re.compile(r"(?:[*+?]|\{[0-9]{1,4}(?:,(?:[0-9]{1,4})?)?\})(?:\?|(?![*+?{]))")
_GROUP = re.compile(r"\((?!\?)|\(\?[:=!]")
_MANY_TIMES = re.compile(r"\)(?:[*+]|\{[0-9]+,\}|\{(?:[0-9]+,)?[0-9]{3,}\})")


class NotPortable(ValueError):
    """A part of a pattern that the two engines do not read alike."""

    def __init__(self, part: str) -> None:
        self.part = part
        super().__init__(f"{part} does not mean the same to every reader")


def java_pattern(pattern: str) -> str:
    """The pattern as Java writes it, to be searched for anywhere in a text. Raises NotPortable.

    For a pattern that the door's engine takes.
    """
    return "".join(_outside(pattern))


def repeats_a_group(pattern: str) -> bool:
    """Whether a group may come any number of times: Java's stack then grows with the text."""
    return _MANY_TIMES.search(pattern) is not None


def _outside(pattern: str) -> Iterator[str]:
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if char == "[":
            written, at = _brackets(pattern, at + 1)
            yield written
            continue
        if char == "\\":
            written, at = _escaped(pattern, at)
            yield f"[{written}]" if written in _CLASSES.values() else written
            continue
        if char == "(":
            match = _GROUP.match(pattern, at)
        elif char in "*+?{":
            match = _QUANTIFIER.match(pattern, at)
        else:
            yield {".": r"[^\n]", "$": r"\z", "}": r"\}", "]": r"\]"}.get(char, char)
            at += 1
            continue
        if match is None:
            raise NotPortable(pattern[at : at + 4])
        yield match[0]
        at = match.end()


def _brackets(pattern: str, at: int) -> tuple[str, int]:
    """What stands between brackets, and the place behind them."""
    written = "["
    if pattern[at : at + 1] == "^":
        written, at = "[^", at + 1
    empty = True
    while at < len(pattern) and pattern[at] != "]":
        first, at = _member(pattern, at)
        if pattern[at : at + 1] == "-" and pattern[at + 1 : at + 2] not in ("", "]"):
            last, at = _member(pattern, at + 1)
            if first in _CLASSES.values() or last in _CLASSES.values():
                raise NotPortable(f"{first}-{last}")
            first = f"{first}-{last}"
        written += first
        empty = False
    if empty or at >= len(pattern):
        raise NotPortable("[]")
    return f"{written}]", at + 1


def _member(pattern: str, at: int) -> tuple[str, int]:
    char = pattern[at]
    if char != "\\":
        return (f"\\{char}" if char in "[&^-~" else char), at + 1
    written, end = _escaped(pattern, at)
    if written.startswith("[^"):
        raise NotPortable(pattern[at:end])
    return written, end


def _escaped(pattern: str, at: int) -> tuple[str, int]:
    """What a backslash and the signs behind it mean: a sign, or the members of a class."""
    char = pattern[at + 1 : at + 2]
    if char in _CONTROLS:
        return _CONTROLS[char], at + 2
    if char in _CLASSES:
        return _CLASSES[char], at + 2
    if char and char.lower() in _CLASSES:
        return f"[^{_CLASSES[char.lower()]}]", at + 2
    if char and char in string.punctuation:
        return f"\\{char}", at + 2
    if match := _HEX.match(pattern, at):
        return match[0], match.end()
    raise NotPortable(pattern[at : at + 2])
