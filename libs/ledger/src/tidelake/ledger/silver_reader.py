"""Counts what became of bronze's rows by reading silver and its outcomes, never by what was announced."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self, cast

import duckdb
import pyarrow as pa
from deltalake import DeltaTable
from tidelake.contracts.contract import Contract
from tidelake.tables.delta_creation import open_table
from tidelake.tables.positions import Source
from tidelake.tables.refusals import store_errors
from tidelake.tables.storage import LakeStorage

from .silver_balance import SilverBalance

_SILVER = [
    *("lake_topic_id", "lake_partition", "lake_offset"),
    *("lake_event_id", "lake_written_at", "lake_contract_version"),
]
_OUTCOMES = ["topic_id", "partition", "offset", "outcome", "reasons"]
_KEYS = ["lake_topic_id", "lake_partition", "lake_offset", "lake_event_id", "lake_is_deleted"]
_CHANGES = [*_OUTCOMES, "event_id", "written_at"]

# Delta application ids whose transaction versions silver-processor writes: the newest decision in a table,
# and, in silver, the newest of which the outcomes are to have the rest.
DECISION = "lake.silver-processor"
PROMISE = "lake.silver-processor.promise"

_BY_BOTH = """
        select lake_topic_id as topic_id, lake_partition as "partition", lake_offset as "offset" from silver
        union all select topic_id, "partition", "offset" from outcomes
"""
_BY_OUTCOMES = 'select topic_id, "partition", "offset" from outcomes'
# Grain of `explained`: an outcome. Of `rows`: a position that is in bronze, in silver or in the outcomes;
# `newer`: it came into Kafka after the count had begun.
_VIEWS = """
create temp table rows as
    select
        topic_id, "partition", "offset", coalesce(times, 0) as times, b.topic_id is not null as in_bronze,
        coalesce("offset" >= ends."end", false) as newer
    from (select distinct topic_id, "partition", "offset" from bronze) b
    full join (
        select topic_id, "partition", "offset", count(*) as times from explained group by all
    ) e using (topic_id, "partition", "offset")
    left join ends using (topic_id, "partition");
"""
_COUNTS = """
with reached as (
    select topic_id, "partition", max("offset") as last from explained group by all
)
select
    count(*) filter (in_bronze and times = 0 and not newer and "offset" < coalesce(last, 0)) as missing,
    count(*) filter (in_bronze and times = 0 and not newer and "offset" >= coalesce(last, 0)) as waiting,
    count(*) filter (in_bronze and times = 0 and newer) as newer,
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
# A row of silver whose change has no outcome yet is newer than the outcomes, and not asked. The order of a
# partition is its offsets, whatever the clock did: times tell only which of a key's partitions came last.
_ASTRAY = """
with newest as (
    select * from (
        select * from outcomes where outcome in ('inserted', 'updated', 'deleted')
        qualify row_number() over (partition by event_id, topic_id, "partition" order by "offset" desc) = 1
    )
    qualify row_number() over (partition by event_id order by written_at desc, "offset" desc) = 1
),
keys as (
    select *, row_number() over (partition by lake_event_id) as nth from silver
),
told as (
    select keys.*, o.topic_id is not null as is_told from keys left join outcomes o
        on (o.topic_id, o."partition", o."offset") = (lake_topic_id, lake_partition, lake_offset)
)
select count(*) from told full join newest on lake_event_id = event_id where case
    when lake_event_id is null then true
    when nth > 1 then true
    when not is_told then false
    else (topic_id, "partition", "offset") is distinct from (lake_topic_id, lake_partition, lake_offset)
        or (outcome = 'deleted') is distinct from lake_is_deleted
end
"""
_ENDS = pa.schema({"topic_id": pa.string(), "partition": pa.int32(), "end": pa.int64()})
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
    silver_explains: bool = True  # see Contract

    @classmethod
    def open(cls, storage: LakeStorage, contract: Contract) -> Self | None:
        """Their newest versions; None where there is neither. Raises TableMissing if one is missing, and
        LogUnreadable, StoreUnavailable, StoreRefused."""
        options = storage.delta_options()
        uris = [storage.uri(path) for path in (contract.silver_path, contract.outcomes_path)]
        if not any(DeltaTable.is_deltatable(uri, options) for uri in uris):
            return None
        # A batch is committed to silver, then to its outcomes. Opened the other way round, what silver
        # promised and the outcomes lack is seen as that, and never as lost.
        outcomes = open_table(storage, contract.outcomes_path)
        silver = open_table(storage, contract.silver_path)
        return cls(silver, outcomes, contract.silver_explains)

    @property
    def between_commits(self) -> bool:
        """Whether silver has a decision whose other rows the outcomes do not have yet."""
        decided = self.outcomes.transaction_version(DECISION) or 0
        return (self.silver.transaction_version(PROMISE) or 0) > decided

    def balance(
        self,
        connection: duckdb.DuckDBPyConnection,
        windows: Mapping[str, timedelta],
        ends: Mapping[Source, int],
    ) -> SilverBalance:
        """What became of the rows of the connection's view `bronze`; `windows`: each contract version's
        dedupe window; `ends`: Kafka's last stable offsets when the count began. Rows from there on need
        no outcome yet; those of topics that are not named do. Raises StoreUnavailable, StoreRefused."""
        connection.register("silver", _columns(self.silver, _SILVER if self.silver_explains else _KEYS))
        connection.register(
            "outcomes", _columns(self.outcomes, _OUTCOMES if self.silver_explains else _CHANGES)
        )
        spans = [
            {"version": version, "micros": window // timedelta(microseconds=1)}
            for version, window in windows.items()
        ]
        connection.register("windows", pa.Table.from_pylist(spans, _WINDOWS))
        begun = [
            {"topic_id": source.topic_id, "partition": source.partition, "end": end}
            for source, end in ends.items()
        ]
        connection.register("ends", pa.Table.from_pylist(begun, _ENDS))
        explained = _BY_BOTH if self.silver_explains else _BY_OUTCOMES
        connection.execute(f"create temp view explained as {explained}; {_VIEWS}")
        missing, waiting, newer, doubled, unknown = _one(connection.execute(_COUNTS))
        if self.between_commits:
            missing, waiting = 0, missing + waiting
        outcomes = dict(_counts(connection, "select outcome, count(*) from outcomes group by 1 order by 1"))
        if self.silver_explains:
            (repeated,), astray = _one(connection.execute(_REPEATED)), 0
            (inserted,) = _one(connection.execute("select count(*) from silver"))
        else:
            repeated, inserted = 0, outcomes.pop("inserted", 0)
            (astray,) = _one(connection.execute(_ASTRAY))
        return SilverBalance(
            version=self.silver.version(),
            outcomes_version=self.outcomes.version(),
            inserted=inserted,
            outcomes=outcomes,
            reasons=_counts(connection, _REASONS),
            missing=missing,
            waiting=waiting,
            newer=newer,
            doubled=doubled,
            unknown=unknown,
            repeated=repeated,
            astray=astray,
        )


def _columns(table: DeltaTable, columns: list[str]) -> Any:
    with store_errors("read the rows of", table.table_uri):
        return cast("Any", table).to_pyarrow_table(columns=columns)


def _one(found: duckdb.DuckDBPyConnection) -> tuple[int, ...]:
    return cast("tuple[int, ...]", found.fetchone())


def _counts(connection: duckdb.DuckDBPyConnection, sql: str) -> Mapping[str, int]:
    return dict(connection.execute(sql).fetchall())
