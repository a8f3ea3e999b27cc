"""Columns of an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Row = Sequence[Any]
"""Values as Trino's JSON has them: numbers, texts (also of times and decimals), lists, null."""


@dataclass(frozen=True, slots=True)
class Column:
    """Name and type as Trino writes it; `signature` is the same type in parts."""

    name: str
    type: str
    signature: Mapping[str, Any]


def parse_columns(listed: Sequence[Mapping[str, Any]]) -> tuple[Column, ...]:
    """As Trino's protocol has them."""
    return tuple(Column(one["name"], one["type"], one["typeSignature"]) for one in listed)
