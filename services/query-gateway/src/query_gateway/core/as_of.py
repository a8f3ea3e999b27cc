"""Of which state of the tables a question is asked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from query_gateway.core.refusals import malformed

_NEXT_STEP = (
    "Leave as_of out for the newest, or give one time such as 2013-01-01T10:00:00Z, or versions by table "
    'such as {"silver.flights": 12}.'
)
_MAX_VERSION = 2**63 - 1
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class AsOf:
    """Neither: the newest of every table. `versions`: these, and the newest of tables that are not named."""

    time: datetime | None = None
    versions: Mapping[str, int] | None = None


def parse_as_of(given: object) -> AsOf:
    """Raises QuestionRefused."""
    if given is None:
        return AsOf()
    if isinstance(given, str):
        return AsOf(time=_time(given))
    if isinstance(given, dict):
        named = cast("dict[str, object]", given)
        versions = {_table(name): _version(name, version) for name, version in named.items()}
        if len(versions) < len(named):
            raise malformed("as_of names a table twice.", _NEXT_STEP)
        return AsOf(versions=versions)
    raise malformed(f"as_of is {given!r}.", _NEXT_STEP)


def check_names(as_of: AsOf, tables: tuple[str, ...]) -> None:
    """Raises QuestionRefused for a version of a table that the query does not read: most likely a slip."""
    for name in as_of.versions or ():
        if name not in tables:
            raise malformed(
                f"as_of names {name!r}, and the query reads: {', '.join(tables) or 'no table'}.",
                "Correct the name, or leave it out.",
            )


def check_past(as_of: AsOf, now: datetime) -> None:
    """Raises QuestionRefused for a time after `now`: commits may still come by then, so that the same
    question would get another answer later."""
    if as_of.time is not None and as_of.time > now:
        raise malformed(
            f"as_of {as_of.time.isoformat()} is in the future: the gateway's clock says "
            f"{now.isoformat(timespec='seconds')}, and what will be committed by then nobody knows.",
            "Give a time that has passed, or leave as_of out for the newest.",
        )


def _time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise malformed(f"as_of {text!r} is not a time.", _NEXT_STEP) from error
    if not _RFC_3339.fullmatch(text):
        raise malformed(f"as_of {text!r} is not an RFC 3339 time with a zone.", _NEXT_STEP)
    try:
        return time.astimezone(UTC)
    except OverflowError as error:
        raise malformed(f"as_of {text!r} is before the year 1 in UTC, or after 9999.", _NEXT_STEP) from error


def _table(name: str) -> str:
    return name.lower().removeprefix("lake.")


def _version(name: str, version: object) -> int:
    if isinstance(version, bool) or not isinstance(version, int) or not 0 <= version <= _MAX_VERSION:
        raise malformed(
            f"as_of names version {version!r} of {name!r}, which is not a version number.", _NEXT_STEP
        )
    return version
