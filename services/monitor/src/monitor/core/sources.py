"""What is an alert about the table that a dataset follows, and its words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tidelake.streams.connectors import ConnectorStatus

from monitor.core.alerting import Condition
from monitor.core.conditions import RUNBOOKS, STOPPED, Patience


@dataclass(frozen=True, slots=True)
class FollowedTable:
    """One major version of a dataset that follows a table, and the connector that brings its changes."""

    address: str
    owner: str
    table: str  # database.schema.table
    connector: str
    status: ConnectorStatus | None  # None: Connect did not say
    silence: str = ""  # why it did not


def source_conditions(tables: Sequence[FollowedTable], patience: Patience) -> Sequence[Condition]:
    """One of each, whether it holds or not. A connector that starts has as long for it as freshness has."""
    return [_stopped(one, patience) for one in tables]


def _stopped(one: FollowedTable, patience: Patience) -> Condition:
    what = f"its connector {one.connector} {one.status}" if one.status else one.silence
    if one.status and one.status.state == "running":
        return Condition(STOPPED, one.address, False, one.owner, summary=f"{one.address}: {what}")
    return Condition(
        STOPPED,
        one.address,
        True,
        one.owner,
        "critical",
        f"{one.address}: {what}",
        f"No change of {one.table} comes, and readers of {one.address} see the table as it was. Nothing is "
        "lost as long as PostgreSQL keeps its log for the slot (max_slot_wal_keep_size). Next: ./lake "
        f"doctor; see docs/runbooks/{RUNBOOKS[STOPPED]}.",
        RUNBOOKS[STOPPED],
        patience.freshness,
    )
