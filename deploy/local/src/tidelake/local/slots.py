"""How far those who follow a database are behind: for each PostgreSQL keeps its log until it was read."""

from dataclasses import dataclass
from datetime import timedelta

import msgspec
from tidelake.local.psql import PostgresLogin

_ASK = """
select json_build_object('name', slot_name, 'database', database, 'active', active, 'wal_status', wal_status,
  'retained_bytes', coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::bigint)
from pg_replication_slots order by slot_name
"""


@dataclass(frozen=True, slots=True)
class Slot:
    """One replication slot. Not active: nobody reads, and the log grows up to `max_slot_wal_keep_size`."""

    name: str
    database: str
    active: bool
    wal_status: str  # PostgreSQL's own word; `lost`: what it needs is gone
    retained_bytes: int

    def __str__(self) -> str:
        kept = f"{self.retained_bytes / 1e6:.1f} MB of PostgreSQL's log kept for it"
        if self.wal_status == "lost":
            return f"slot {self.name}: lost, its changes can't be followed any more"
        return f"slot {self.name}: {'read' if self.active else 'nobody reads it'}, {kept}"


def slots_of(postgres: PostgresLogin) -> list[Slot]:
    """All slots of the server. Raises QueryFailed."""
    lines = postgres.ask("postgres", _ASK, timedelta(seconds=3))
    return [msgspec.json.decode(line, type=Slot) for line in lines]
