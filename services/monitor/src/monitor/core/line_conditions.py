"""What is an alert about the lines in logs.inbound, and its words."""

from __future__ import annotations

from collections.abc import Sequence

from tidelake.contracts.names import LOGS_INBOUND

from monitor.core.alerting import Condition
from monitor.core.conditions import LEDGER, RUNBOOKS, UNWATCHED, Patience
from monitor.core.lines import LineCount, LinesPicture

_NAME = LOGS_INBOUND.name


def line_conditions(picture: LinesPicture, patience: Patience) -> Sequence[Condition]:
    """All conditions, whether they hold or not; they are about `logs.inbound` where others name a dataset."""
    if picture.count is None and not picture.trouble:
        return ()
    return (_lost(picture.count), _unwatched(picture, patience))


def _lost(count: LineCount | None) -> Condition:
    if count is None:
        return Condition(LEDGER, _NAME, None, "")
    places = ", ".join(f"partition {source.partition} offset {offset}" for source, offset in count.examples)
    more = ", ..." if count.lost > len(count.examples) else ""
    faults: list[str] = []
    if count.lost:
        faults.append(f"{count.lost:,} in no dataset and no dead letter ({places}{more})")
    if count.deleted_unread:
        faults.append(f"{count.deleted_unread:,} deleted by Kafka before they were routed")
    words = f"lines lost: {'; '.join(faults)}" if faults else "every line that was routed is somewhere"
    positions = ", ".join(
        f"{source.topic_id}/{source.partition}/{offset}" for source, offset in count.examples
    )
    return Condition(
        LEDGER,
        _NAME,
        None if count.balanced and not count.is_whole else not count.balanced,
        ", ".join(count.owners),
        "critical",
        f"{_NAME}: {words}",
        f"Counted at {count.counted_at:%H:%M:%S} UTC, in the tables of bronze and the topic dead-letters."
        + (f" Positions (topic id/partition/offset): {positions}." if positions else "")
        + " The log-router has committed past these lines and comes to them no more; Kafka keeps them for "
        f"seven days. Next: ./lake audit counts all lines; see docs/runbooks/{RUNBOOKS[LEDGER]}.",
        RUNBOOKS[LEDGER],
    )


def _unwatched(picture: LinesPicture, patience: Patience) -> Condition:
    return Condition(
        UNWATCHED,
        _NAME,
        bool(picture.trouble),
        ", ".join(picture.count.owners) if picture.count else "",
        "warning",
        f"{_NAME} can't be looked at" if picture.trouble else f"{_NAME} is looked at again",
        f"{picture.trouble} Until it can be, nobody knows whether every log line got somewhere: the alert "
        f"that says so stays as it is. Next: ./lake status; see docs/runbooks/{RUNBOOKS[UNWATCHED]}.",
        RUNBOOKS[UNWATCHED],
        patience.freshness,
    )
