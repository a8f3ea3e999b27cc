"""Counts what became of bronze's rows by reading silver and its outcomes, never by what was announced."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self, cast

import duckdb
import pyarrow as pa
from deltalake import DeltaTable
from tidelake.contracts.contract import Contract
from tidelake.tables.storage import LakeStorage

from .silver_balance import SilverBalance

_SILVER = [
    *("lake_topic_id", "lake_partition", "lake_offset"),
    *("lake_event_id", "lake_written_at", "lake_contract_version"),
]
_OUTCOMES = ["topic_id", "partition", "offset", "outcome", "reasons"]

# Grain of `explained`: an outcome. Of `rows`: a position that is in bronze, in silver or in the outcomes.
_VIEWS = """
create temp view explained as
    select lake_topic_id as topic_id, lake_partition as "partition", lake_offset as "offset" from silver
    union all select topic_id, "partition", "offset" from outcomes;
create temp table rows as
    select topic_id, "partition", "offset", coalesce(times, 0) as times, b.topic_id is not null as in_bronze
    from (select distinct topic_id, "partition", "offset" from bronze) b
    full join (
        select topic_id, "partition", "offset", count(*) as times from explained group by all
    ) e using (topic_id, "partition", "offset");
"""
_COUNTS = """
with reached as (
    select topic_id, "partition", max("offset") as last from explained group by all
)
select
    count(*) filter (in_bronze and times = 0 and "offset" < coalesce(last, 0)) as missing,
    count(*) filter (in_bronze and times = 0 and "offset" >= coalesce(last, 0)) as waiting,
    count(*) filter (times > 1) as doubled,
    count(*) filter (not in_bronze) as unknown
from rows left join reached using (topic_id, "partition")
"""
# Two rows of one event are that many times an event too much, unless they lie further apart than the window
# of the contract that the later one was judged by.
_REPEATED = """
select count(*) from (
    select lake_contract_version as version, lake_written_at - lag(lake_written_at) over (
        partition by lake_event_id order by lake_written_at
    ) as apart
    from silver
) join windows using (version) where epoch_us(apart) <= micros
"""
_WINDOWS = pa.schema({"version": pa.string(), "micros": pa.int64()})
_REASONS = """
select reason.rule || case when reason.field = '' then '' else ' (' || reason.field || ')' end, count(*)
from (select unnest(reasons) as reason from outcomes where outcome = 'quarantined') group by 1 order by 1
"""


@dataclass(frozen=True)
class SilverTables:
    """Silver and its outcomes as they were when they were opened.

    Opened before bronze is, they can only be behind it: what they hold and bronze lacks is a fault then.
    """

    silver: DeltaTable
    outcomes: DeltaTable

    @classmethod
    def open(cls, storage: LakeStorage, contract: Contract) -> Self | None:
        """Their newest versions; None where there is neither. Raises TableNotFoundError if one is missing."""
        options = storage.delta_options()
        uris = [storage.uri(path) for path in (contract.silver_path, contract.outcomes_path)]
        if not any(DeltaTable.is_deltatable(uri, options) for uri in uris):
            return None
        return cls(*[DeltaTable(uri, storage_options=options) for uri in uris])

    def balance(
        self, connection: duckdb.DuckDBPyConnection, windows: Mapping[str, timedelta]
    ) -> SilverBalance:
        """What became of the rows of the connection's view `bronze`; `windows`: each contract version's
        dedupe window."""
        connection.register("silver", _columns(self.silver, _SILVER))
        connection.register("outcomes", _columns(self.outcomes, _OUTCOMES))
        spans = [
            {"version": version, "micros": window // timedelta(microseconds=1)}
            for version, window in windows.items()
        ]
        connection.register("windows", pa.Table.from_pylist(spans, _WINDOWS))
        connection.execute(_VIEWS)
        missing, waiting, doubled, unknown = _one(connection.execute(_COUNTS))
        (repeated,) = _one(connection.execute(_REPEATED))
        (inserted,) = _one(connection.execute("select count(*) from silver"))
        return SilverBalance(
            version=self.silver.version(),
            outcomes_version=self.outcomes.version(),
            inserted=inserted,
            outcomes=_counts(connection, "select outcome, count(*) from outcomes group by 1 order by 1"),
            reasons=_counts(connection, _REASONS),
            missing=missing,
            waiting=waiting,
            doubled=doubled,
            unknown=unknown,
            repeated=repeated,
        )


def _columns(table: DeltaTable, columns: list[str]) -> Any:
    return cast("Any", table).to_pyarrow_table(columns=columns)


def _one(found: duckdb.DuckDBPyConnection) -> tuple[int, ...]:
    return cast("tuple[int, ...]", found.fetchone())


def _counts(connection: duckdb.DuckDBPyConnection, sql: str) -> Mapping[str, int]:
    return dict(connection.execute(sql).fetchall())
