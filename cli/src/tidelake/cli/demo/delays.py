"""How long each hop took, from the stamps in the rows and the creation of the commits' objects."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import duckdb
from deltalake import DeltaTable
from tidelake.tables.delta_log import announced_commits, commit_times
from tidelake.tables.objects import Objects

from .own_flights import columns_of

NEWEST_COMMITS = 5000


@dataclass(frozen=True, slots=True)
class Delay:
    """Percentiles of one hop over all rows of a run, in seconds."""

    hop: str
    p50: float
    p95: float
    p99: float


@dataclass(frozen=True, slots=True)
class Stamps:
    """Columns by which the rows of a table tell of their way."""

    received: str
    committed: str  # one value for all rows of a commit, and its announcement's
    others: tuple[str, ...]
    hops: Mapping[str, str]  # the interval of each, in SQL over these columns and `readable_at`


BRONZE = Stamps(
    "received_at",
    "written_at",
    ("kafka_timestamp",),
    {
        "door to Kafka": "kafka_timestamp - received_at",
        "Kafka to commit": "written_at - kafka_timestamp",
        "commit to readable": "readable_at - written_at",
        "door to readable in bronze": "readable_at - received_at",
    },
)
SILVER = Stamps(
    "lake_received_at",
    "lake_processed_at",
    ("lake_written_at",),
    {
        "bronze's commit to silver's batch": "lake_processed_at - lake_written_at",
        "silver's batch to readable": "readable_at - lake_processed_at",
        "door to readable in silver": "readable_at - lake_received_at",
    },
)


def delays(
    table: DeltaTable, stamps: Stamps, readable_at: Mapping[datetime, datetime], since: datetime
) -> list[Delay]:
    """Delays of the rows that were committed after `since`; `readable_at` is by the commit's announced time.

    Rows of commits that are not in `readable_at` are left out. Empty without rows.
    """
    rows = columns_of(table, [stamps.received, stamps.committed, *stamps.others])
    found: list[Delay] = []
    with duckdb.connect() as connection:
        connection.sql("set timezone = 'UTC'")
        connection.register("rows", rows)
        connection.execute("create table commits (committed timestamptz, readable_at timestamptz)")
        if readable_at:
            connection.executemany("insert into commits values (?, ?)", list(readable_at.items()))
        for hop, interval in stamps.hops.items():
            quantiles = connection.execute(
                f"""
                select quantile_cont(epoch({interval}), [0.5, 0.95, 0.99])
                from rows join commits on {stamps.committed} = committed
                where {stamps.received} is not null and committed >= ?
                """,
                [since],
            ).fetchone()
            if quantiles and quantiles[0]:
                found.append(Delay(hop, *quantiles[0]))
    return found


def readable_times(objects: Objects, path: str, table: DeltaTable) -> dict[datetime, datetime]:
    """When each of the newest commits became readable (its log entry was created), by its announced time."""
    created = commit_times(objects, path)
    return {
        commit.announcement.written_at: created[commit.version]
        for commit in announced_commits(table, NEWEST_COMMITS)
        if commit.version in created
    }
