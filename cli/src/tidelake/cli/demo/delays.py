"""How long each hop took, from the stamps in the rows and the creation of the commits' objects."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
from deltalake import DeltaTable
from tidelake.tables.bronze_table import BronzeTable
from tidelake.tables.objects import Objects

COMMIT_FILE = re.compile(r".*/_delta_log/(\d{20})\.json")
NEWEST_COMMITS = 5000


@dataclass(frozen=True, slots=True)
class Delay:
    """Percentiles of one hop over all rows of a run, in seconds."""

    hop: str
    p50: float
    p95: float
    p99: float


HOPS = (
    ("door to Kafka", "kafka_timestamp - received_at"),
    ("Kafka to commit", "written_at - kafka_timestamp"),
    ("commit to readable", "readable_at - written_at"),
    ("door to readable in bronze", "readable_at - received_at"),
)


def delays(
    uri: str, storage_options: Mapping[str, str], readable_at: Mapping[datetime, datetime], since: datetime
) -> list[Delay]:
    """Delays of the rows that were written after `since`; `readable_at` is by the commit's written_at.

    Rows of commits that are not in `readable_at` are left out. Empty without rows.
    """
    table = DeltaTable(uri, storage_options=dict(storage_options))
    columns = ["received_at", "kafka_timestamp", "written_at"]
    rows: Any = table.to_pyarrow_table(columns=columns)  # pyright: ignore[reportUnknownMemberType]
    found: list[Delay] = []
    with duckdb.connect() as connection:
        connection.sql("set timezone = 'UTC'")
        connection.register("rows", rows)
        connection.execute("create table commits (written_at timestamptz, readable_at timestamptz)")
        if readable_at:
            connection.executemany("insert into commits values (?, ?)", list(readable_at.items()))
        for hop, interval in HOPS:
            quantiles = connection.execute(
                f"""
                select quantile_cont(epoch({interval}), [0.5, 0.95, 0.99])
                from rows join commits using (written_at)
                where received_at is not null and written_at >= ?
                """,
                [since],
            ).fetchone()
            if quantiles and quantiles[0]:
                found.append(Delay(hop, *quantiles[0]))
    return found


def readable_times(objects: Objects, path: str, table: BronzeTable) -> dict[datetime, datetime]:
    """When each of the newest commits became readable (its log entry was created), by its written_at."""
    created = {
        int(match[1]): entry.updated
        for entry in objects.list(f"{path}/_delta_log/")
        if (match := COMMIT_FILE.fullmatch(entry.path))
    }
    return {
        commit.announcement.written_at: created[commit.version]
        for commit in table.open().announced(NEWEST_COMMITS)
        if commit.version in created
    }
