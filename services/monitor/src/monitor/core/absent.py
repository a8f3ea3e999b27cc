"""What bronze has passed without a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tidelake.ledger.runs import Runs
from tidelake.tables.positions import Source


@dataclass(frozen=True, slots=True)
class Absent:
    """Offsets that a writer passed and that are no rows of bronze: markers of Kafka's, or lost records."""

    records: Mapping[Source, Runs]  # where Kafka has, or had, a record
    unasked: int  # offsets about which Kafka was not asked yet: each may be a lost record


NOTHING_ABSENT = Absent({}, 0)
