"""What is wrong with one record, in the words of its sender."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

LONGEST_VALUE = 80
MASK = "***"


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """One rule that a record breaks."""

    field: str  # path in the record, such as items[2].price; empty for the record as a whole
    rule: str  # snake_case, stable
    value: str  # as seen, shortened; masked where the contract says so
    expected: str  # what would be right


def written(value: Any, masked: bool) -> str:
    """A value as messages show it."""
    if masked:
        return MASK
    return shortened(str(value) if isinstance(value, Decimal) else _json(value))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def shortened(text: str) -> str:
    """At most 80 characters of a text."""
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}… ({len(text)} characters)"


def join(path: str, step: str | int) -> str:
    """Path of a part: a field of an object or an item of an array."""
    if isinstance(step, int):
        return f"{path}[{step}]"
    return f"{path}.{step}" if path else step
