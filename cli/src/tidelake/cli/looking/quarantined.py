"""What silver refused, read from its outcomes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from deltalake import DeltaTable

from .tables import looking


@dataclass(frozen=True, slots=True)
class Refusals:
    """Grain: rule and field. A row that breaks several rules counts for each."""

    rule: str
    field: str  # "" where the rule is about the whole record
    rows: int
    oldest: datetime  # silver's time of deciding
    newest: datetime


@dataclass(frozen=True, slots=True)
class Reason:
    """One broken rule, in the words of the door's refusals."""

    field: str
    rule: str
    value: str
    expected: str


@dataclass(frozen=True, slots=True)
class Quarantined:
    """Grain: bronze row."""

    topic_id: str
    partition: int
    offset: int
    event_id: str | None
    processed_at: datetime
    reasons: tuple[Reason, ...]
    value: bytes | None  # as it was sent


def refusals(outcomes: DeltaTable) -> list[Refusals]:
    """Most rows first. Empty where nothing is in quarantine."""
    with looking(outcomes=outcomes) as connection:
        found = connection.execute(
            """
            select reason.rule, coalesce(reason.field, ''), count(*), min(processed_at), max(processed_at)
            from (
                select unnest(reasons) as reason, processed_at from outcomes where outcome = 'quarantined'
            )
            group by 1, 2 order by 3 desc, 1, 2
            """
        ).fetchall()
    return [Refusals(*row) for row in cast("list[Any]", found)]


def quarantined(outcomes: DeltaTable, rule: str | None, limit: int) -> list[Quarantined]:
    """The newest ones, of one rule or of all."""
    with looking(outcomes=outcomes) as connection:
        found = connection.execute(
            """
            select topic_id, "partition", "offset", event_id, processed_at, reasons, value from outcomes
            where outcome = 'quarantined' and (? is null or list_contains([r.rule for r in reasons], ?))
            order by processed_at desc, "offset" desc, topic_id, "partition" limit ?
            """,
            [rule, rule, limit],
        ).fetchall()
    return [
        Quarantined(
            topic_id, partition, offset, event_id, processed, tuple(Reason(**one) for one in reasons), value
        )
        for topic_id, partition, offset, event_id, processed, reasons, value in cast("list[Any]", found)
    ]
