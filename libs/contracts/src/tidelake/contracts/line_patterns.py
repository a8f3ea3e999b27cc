"""Patterns that make a record of a log line: each named group, `(?<name>...)`, is a field.

Java's names of groups know no underscore, so that groups are told by their number there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tidelake.contracts.patterns import NotPortable, java_pattern

_NAMED = re.compile(r"\(\?<([A-Za-z_][A-Za-z0-9_]*)>")


@dataclass(frozen=True, slots=True)
class LinePattern:
    """A pattern that a whole line must match. Made by line_pattern only."""

    java: str  # to be searched for: it holds the ends of the line itself
    groups: Mapping[str, int]  # number of each field's group, from 1


def line_pattern(pattern: str) -> LinePattern:
    """The pattern as Spark reads it. Raises NotPortable, also for a name that is there twice."""
    groups: dict[str, int] = {}
    plain = "".join(_unnamed(pattern, groups))
    return LinePattern(f"\\A(?:{java_pattern(plain)})\\z", MappingProxyType(groups))


def _unnamed(pattern: str, groups: dict[str, int]) -> Iterator[str]:
    """The pattern with plain groups in place of named ones, whose numbers go to `groups`."""
    at = count = 0
    bracketed = False
    while at < len(pattern):
        char = pattern[at]
        if char == "\\":
            yield pattern[at : at + 2]
            at += 2
            continue
        if not bracketed and char == "(":
            if named := _NAMED.match(pattern, at):
                count += 1
                if named[1] in groups:
                    raise NotPortable(named[0])
                groups[named[1]] = count
                yield "("
                at = named.end()
                continue
            count += pattern[at + 1 : at + 2] != "?"
        bracketed = char == "[" or (bracketed and char != "]")
        yield char
        at += 1
