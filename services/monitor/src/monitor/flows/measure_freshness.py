"""Measures how long rows were on the road, by the times that stand in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute
from deltalake import DeltaTable
from tidelake.contracts.contract import Contract

from monitor.core.delays import Delays, delays_of, seconds_between
from monitor.core.freshness import TO_BRONZE, TO_SILVER, WHOLE, Hop, whole_of
from monitor.core.quarantine import Quarantine
from monitor.outbound.kept_tables import rows_since

pc: Any = pyarrow.compute  # what its type stubs say is known in part only

_BRONZE = ["received_at", "kafka_timestamp", "written_at"]
_SILVER = ["lake_received_at", "lake_written_at", "lake_processed_at"]
_OUTCOMES = ["partition", "offset", "outcome", "reasons", "written_at", "processed_at"]
_NONE = pa.schema([(name, pa.timestamp("us", "UTC")) for name in _SILVER]).empty_table()
_EXAMPLES = 5


def measure_bronze(contract: Contract, bronze: DeltaTable, now: datetime, window: timedelta) -> Hop:
    """From the door, or Kafka, to bronze's commit. Raises StoreUnavailable, StoreRefused."""
    path = contract.bronze_path
    rows = rows_since(bronze, path, "written_at", now - window, _BRONZE)
    received: int = len(rows) - rows["received_at"].null_count
    begun = pc.coalesce(rows["received_at"], rows["kafka_timestamp"])
    source = "received_at"
    if received < len(rows):
        source = "received_at, else kafka_timestamp" if received else "kafka_timestamp"
    words = f"{source} to written_at of {len(rows):,} rows of {path} version {bronze.version()}"
    return Hop(TO_BRONZE, delays_of(seconds_between(begun, rows["written_at"])), _within(words, window))


def measure_silver(
    contract: Contract, tables: Mapping[str, DeltaTable], to_bronze: Hop, now: datetime, window: timedelta
) -> tuple[Hop, Hop, Quarantine]:
    """From bronze's commit to silver's decision, which is taken just before its commit; the whole road; and
    what went into quarantine. Raises StoreUnavailable, StoreRefused."""
    since = now - window
    silver, outcomes = tables[contract.silver_path], tables[contract.outcomes_path]
    good = _inserted(contract, silver, since)
    others = rows_since(outcomes, contract.outcomes_path, "processed_at", since, _OUTCOMES)
    seconds = np.concatenate(
        (
            seconds_between(good["lake_written_at"], good["lake_processed_at"]),
            seconds_between(others["written_at"], others["processed_at"]),
        )
    )
    versions = f"silver version {silver.version()} and outcomes version {outcomes.version()}"
    words = f"bronze's written_at to silver's processed_at of {len(seconds):,} rows, {versions}"
    to_silver = Hop(TO_SILVER, delays_of(seconds), _within(words, window))
    measured = delays_of(seconds_between(good["lake_received_at"], good["lake_processed_at"]))
    whole = whole_of(measured, to_bronze.delays, to_silver.delays)
    return (
        to_silver,
        Hop(WHOLE, whole, _whole_words(contract, measured, good, silver, window)),
        _quarantine(others, len(good), window),
    )


def _inserted(contract: Contract, silver: DeltaTable, since: datetime) -> pa.Table:
    """Rows that silver explains by holding them."""
    if not contract.silver_explains:
        return _NONE
    return rows_since(silver, contract.silver_path, "lake_processed_at", since, _SILVER)


def _whole_words(
    contract: Contract, measured: Delays | None, good: pa.Table, silver: DeltaTable, window: timedelta
) -> str:
    if measured is None:
        why = "none of the rows came into silver"  # all are repeats, or in quarantine
        if not contract.silver_explains:
            why = "silver of change data has no time of receipt"
        elif len(good):
            why = "its rows in silver have no time of receipt"
        return _within(f"the two hops added up, as {why}", window)
    words = f"received_at to processed_at of {measured.rows:,} rows of silver version {silver.version()}"
    return _within(words, window)


def _quarantine(others: pa.Table, good: int, window: timedelta) -> Quarantine:
    broken = others.filter(pc.equal(others["outcome"], "quarantined"))
    rules = Counter(
        f"{reason['rule']} ({reason['field']})" if reason["field"] else str(reason["rule"])
        for reasons in cast("list[list[dict[str, str]] | None]", broken["reasons"].to_pylist())
        for reason in reasons or ()
    )
    newest = broken.select(["processed_at", "partition", "offset"]).to_pylist()
    newest.sort(key=lambda row: (row["processed_at"], row["offset"]), reverse=True)
    return Quarantine(
        window=window,
        decided=good + len(others),
        quarantined=len(broken),
        rules=dict(rules.most_common()),
        examples=tuple((row["partition"], row["offset"]) for row in newest[:_EXAMPLES]),
    )


def _within(words: str, window: timedelta) -> str:
    return f"{words}, of the last {window.total_seconds() / 60:g} min"
