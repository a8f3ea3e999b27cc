"""What is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType

from query_gateway.core.as_of import AsOf
from query_gateway.core.refusals import malformed


@dataclass(frozen=True, slots=True)
class Limits:
    """What one answer may cost."""

    default_timeout: timedelta
    max_timeout: timedelta
    max_rows: int
    default_page_rows: int
    max_page_rows: int


@dataclass(frozen=True, slots=True)
class Question:
    """One question, within the limits. `trace`: headers of the trace that it belongs to, for Trino."""

    sql: str
    parameters: Sequence[object]
    as_of: AsOf
    max_rows: int
    timeout: timedelta
    page_rows: int
    trace: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def limited(
    limits: Limits,
    sql: str,
    parameters: Sequence[object],
    as_of: AsOf,
    max_rows: int | None,
    timeout_s: float | None,
    page_rows: int | None,
) -> Question:
    """None stands for the limit's default. Raises QuestionRefused."""
    rows = _within("max_rows", max_rows, limits.max_rows, limits.max_rows)
    page = _within("page_rows", page_rows, limits.default_page_rows, limits.max_page_rows)
    most_s = limits.max_timeout.total_seconds()
    seconds = limits.default_timeout.total_seconds() if timeout_s is None else timeout_s
    if not 1 <= seconds <= most_s:
        raise malformed(f"timeout_s is {timeout_s!r}.", f"Give 1 to {most_s:g} seconds, or leave it out.")
    return Question(sql, parameters, as_of, rows, timedelta(seconds=seconds), page)


def _within(name: str, given: int | None, default: int, most: int) -> int:
    if given is None:
        return default
    if not 1 <= given <= most:
        raise malformed(f"{name} is {given}.", f"Give 1 to {most}, or leave it out.")
    return given
