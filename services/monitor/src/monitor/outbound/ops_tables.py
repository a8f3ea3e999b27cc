"""The Delta tables that the monitor owns: ops/freshness, ops/ledger, ops/process_metrics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction, WriterProperties, write_deltalake
from tidelake.contracts import names
from tidelake.tables.bronze import PLAIN_PROPERTIES
from tidelake.tables.bronze_table import TableMissing
from tidelake.tables.delta_compaction import compact_files, files_below
from tidelake.tables.delta_creation import create_unless_there, open_table
from tidelake.tables.refusals import commit_error, store_errors
from tidelake.tables.storage import LakeStorage
from tidelake.tables.tiers import BOUNDS, tier_to_compact

_TOKEN = "lake.monitor"
"""Delta application id: its transaction version is the number of the newest span that has its rows."""
_PROPERTIES = {**PLAIN_PROPERTIES, "delta.logRetentionDuration": "interval 30 days"}
_WRITING = WriterProperties(compression="ZSTD", compression_level=1)
_LEAST_FILES = 60
"""Files are folded when there are so many: once an hour."""
_TIME = pa.timestamp("us", "UTC")

FRESHNESS_SCHEMA = pa.schema(
    [
        ("at", _TIME),
        ("address", pa.string()),
        ("hop", pa.string()),
        ("rows", pa.int64()),
        ("p50_s", pa.float64()),
        ("p95_s", pa.float64()),
        ("p99_s", pa.float64()),
        ("max_s", pa.float64()),
        ("slo_s", pa.float64()),
        ("figure_s", pa.float64()),
        ("kept", pa.bool_()),
        ("unread", pa.int64()),
        ("unread_s", pa.float64()),
        ("undecided", pa.int64()),
        ("undecided_s", pa.float64()),
        ("computed_from", pa.string()),
    ]
)
LEDGER_SCHEMA = pa.schema(
    [
        ("at", _TIME),
        ("address", pa.string()),
        ("counted_at", _TIME),
        ("bronze_version", pa.int64()),
        ("silver_version", pa.int64()),
        ("outcomes_version", pa.int64()),
        ("bronze_rows", pa.int64()),
        ("in_silver", pa.int64()),
        ("outcomes", pa.map_(pa.string(), pa.int64())),
        ("waiting", pa.int64()),
        ("balanced", pa.bool_()),
        ("faults", pa.map_(pa.string(), pa.int64())),
        ("examples", pa.list_(pa.string())),
    ]
)
PROCESS_SCHEMA = pa.schema(
    [
        ("at", _TIME),
        ("service", pa.string()),
        ("instance", pa.string()),
        ("endpoint", pa.string()),
        ("answers", pa.bool_()),
        ("cpu_cores", pa.float64()),
        ("memory_bytes", pa.int64()),
    ]
)


class OpsTable:
    """One of them. Nobody else writes to it. For one thread."""

    def __init__(self, storage: LakeStorage, path: str, schema: pa.Schema, description: str) -> None:
        self.path = path
        self._storage = storage
        self._schema = schema
        self._description = description

    def ensure(self) -> None:
        """Makes it unless it is there. Raises LogUnreadable, StoreUnavailable, StoreRefused."""
        self._open_or_make()

    def append(self, rows: Sequence[dict[str, Any]], span: int) -> bool:
        """Adds rows as those of a span of time, in one commit. False, and nothing is added, if the table has
        those of this span or a later one already: from before a restart, or by another monitor.

        Raises CommitFailed, LogUnreadable, StoreUnavailable, StoreRefused.
        """
        delta = self._open_or_make()
        with store_errors("read the token of", self.path):
            newest = delta.transaction_version(_TOKEN)
        if newest is not None and newest >= span:
            return False
        try:
            write_deltalake(
                delta,
                pa.Table.from_pylist(list(rows), self._schema),
                mode="append",
                writer_properties=_WRITING,
                # Against what was read or not at all: another one's commit of this span must not be passed.
                commit_properties=CommitProperties(
                    app_transactions=[Transaction(_TOKEN, span)], max_commit_retries=0
                ),
            )
        except Exception as cause:  # deltalake raises anything here
            raise commit_error(self.path, cause) from cause
        target = tier_to_compact([files_below(delta, size) for size in BOUNDS], _LEAST_FILES)
        if target is not None:
            compact_files(delta, self.path, target, _WRITING)
        return True

    def _open_or_make(self) -> DeltaTable:
        try:
            return open_table(self._storage, self.path)
        except TableMissing:
            return create_unless_there(self._storage, self.path, self._schema, _PROPERTIES, self._description)


def freshness_table(storage: LakeStorage) -> OpsTable:
    """Grain: a look, a dataset's major version and a hop."""
    words = "How fresh each dataset was, hop by hop. One row per minute, dataset and hop."
    return OpsTable(storage, names.OPS_FRESHNESS, FRESHNESS_SCHEMA, words)


def ledger_table(storage: LakeStorage) -> OpsTable:
    """Grain: a look and a dataset's major version, or the log lines."""
    words = (
        "What the rows of each dataset's tables came to, counted, and the log lines. One row per minute and "
        "dataset, and one of logs.inbound."
    )
    return OpsTable(storage, names.OPS_LEDGER, LEDGER_SCHEMA, words)


def process_table(storage: LakeStorage) -> OpsTable:
    """Grain: a look and a process."""
    words = "Processor time and memory of each process. One row per minute and process."
    return OpsTable(storage, names.OPS_PROCESSES, PROCESS_SCHEMA, words)
