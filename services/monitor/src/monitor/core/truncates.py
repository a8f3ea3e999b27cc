"""A table that was emptied at its source, while silver keeps what it had."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

TRUNCATE = "truncate"
"""The rule that silver names as the reason of such an outcome."""


@dataclass(frozen=True, slots=True)
class Truncate:
    """The marker of it in the topic."""

    table: str  # database.schema.table
    at: datetime  # when bronze committed it
    partition: int
    offset: int
