"""Points in time as records write them, and the one spelling that event ids use."""

from __future__ import annotations

import re
from datetime import UTC, datetime

# RFC 3339 with capital T and Z, a zone, no leap second, at most microseconds, offsets as they exist on Earth.
INSTANT = (
    r"^(?!0000)[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
    r"(?:\.[0-9]{1,6})?(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])$"
)
DATE = r"^(?!0000)[0-9]{4}-[0-9]{2}-[0-9]{2}$"

_INSTANT = re.compile(INSTANT.removesuffix("$") + r"\Z")


def utc_text(instant: str) -> str | None:
    """An instant that matches INSTANT, in UTC, with Z and without zeros at the end of its fraction.

    None if it lies outside the years 1 to 9999 in UTC.
    """
    if instant[-1] == "Z":
        return instant if len(instant) == 20 else f"{instant[:-1].rstrip('0').rstrip('.')}Z"
    try:
        moment = datetime.fromisoformat(instant).astimezone(UTC)
    except OverflowError:
        return None
    return utc_text(f"{moment.replace(tzinfo=None).isoformat(timespec='microseconds')}Z")


def parse_instant(text: str) -> datetime | None:
    """The instant that `text` names, in UTC; None if it names none by the rules above."""
    if _INSTANT.match(text) is None:
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def milliseconds_text(moment: datetime) -> str:
    """RFC 3339 in UTC with whole milliseconds, as the lake stamps its own times."""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
