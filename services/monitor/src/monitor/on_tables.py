"""A dataset's tables for tests, written by deltalake as its owners would: bronze, silver and the outcomes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from tidelake.contracts.contract import Contract
from tidelake.ledger.silver_reader import DECISION, PROMISE
from tidelake.tables.bronze import BRONZE_SCHEMA, BronzeSpec
from tidelake.tables.delta_bronze import DeltaBronzeTables
from tidelake.tables.positions import Source
from tidelake.tables.storage import LakeStorage

_TIME = pa.timestamp("us", "UTC")
SILVER_SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("lake_event_id", pa.string()),
        ("lake_topic_id", pa.string()),
        ("lake_partition", pa.int32()),
        ("lake_offset", pa.int64()),
        ("lake_received_at", _TIME),
        ("lake_written_at", _TIME),
        ("lake_processed_at", _TIME),
    ]
)
_REASON = pa.struct([(name, pa.string()) for name in ("field", "rule", "value", "expected")])
OUTCOMES_SCHEMA = pa.schema(
    [
        ("topic_id", pa.string()),
        ("partition", pa.int32()),
        ("offset", pa.int64()),
        ("outcome", pa.string()),
        ("reasons", pa.list_(_REASON)),
        ("written_at", _TIME),
        ("processed_at", _TIME),
    ]
)


class TablesOfDataset:
    """Its tables below a lake's root, empty at first. All rows are of partition 0."""

    def __init__(self, storage: LakeStorage, contract: Contract, topic_id: str) -> None:
        self._storage = storage
        self._contract = contract
        self._source = Source(topic_id, 0)
        self._decision = 0
        spec = BronzeSpec(contract.bronze_path, contract.dataset, contract.topic, topic_id)
        DeltaBronzeTables(storage).create(spec)
        self._write(contract.silver_path, SILVER_SCHEMA.empty_table(), ())
        self._write(contract.outcomes_path, OUTCOMES_SCHEMA.empty_table(), ())

    def table(self, path: str) -> DeltaTable:
        """Its newest version."""
        return DeltaTable(self._storage.uri(path), storage_options=self._storage.delta_options())

    def commit_bronze(
        self, first: int, end: int, at: datetime, took: timedelta, without: Sequence[int] = ()
    ) -> None:
        """Offsets [first, end), `without` some; received `took` before `at`, when they are written."""
        rows: list[dict[str, Any]] = [
            {
                "topic_id": self._source.topic_id,
                "topic": self._contract.topic,
                "partition": 0,
                "offset": offset,
                "value": b"{}",
                "headers": [],
                "kafka_timestamp": at - took,
                "kafka_timestamp_type": "create_time",
                "received_at": at - took,
                "written_at": at,
            }
            for offset in range(first, end)
            if offset not in without
        ]
        tokens = [Transaction(self._source.app_id, end)]
        if first == 0:
            tokens.append(Transaction(self._source.first_app_id, 0))
        self._write(self._contract.bronze_path, pa.Table.from_pylist(rows, BRONZE_SCHEMA), tokens)

    def commit_silver(self, offsets: Iterable[int], written_at: datetime, processed_at: datetime) -> None:
        """A decision of rows that are all taken."""
        self._decision += 1
        self.add_silver(offsets, written_at, processed_at, Transaction(DECISION, self._decision))

    def add_silver(
        self,
        offsets: Iterable[int],
        written_at: datetime,
        processed_at: datetime,
        token: Transaction | None = None,
    ) -> None:
        """Rows, without a decision unless there is a token."""
        rows = [
            {
                "id": str(offset),
                "lake_event_id": str(offset),
                "lake_topic_id": self._source.topic_id,
                "lake_partition": 0,
                "lake_offset": offset,
                "lake_received_at": written_at,
                "lake_written_at": written_at,
                "lake_processed_at": processed_at,
            }
            for offset in offsets
        ]
        table = pa.Table.from_pylist(rows, SILVER_SCHEMA)
        self._write(self._contract.silver_path, table, (token,) if token else ())

    def promise(self) -> None:
        """Silver has a decision of which the outcomes are to have the rest: `commit_outcomes` keeps it."""
        self._decision += 1
        tokens = (Transaction(DECISION, self._decision), Transaction(PROMISE, self._decision))
        self._write(self._contract.silver_path, SILVER_SCHEMA.empty_table(), tokens)

    def commit_outcomes(
        self, outcomes: Sequence[tuple[int, str, str]], written_at: datetime, processed_at: datetime
    ) -> None:
        """Offset, outcome and broken rule (empty: none) of each row, as the newest decision's."""
        rows = [
            {
                "topic_id": self._source.topic_id,
                "partition": 0,
                "offset": offset,
                "outcome": outcome,
                "reasons": [{"field": "n", "rule": rule, "value": "", "expected": ""}] if rule else [],
                "written_at": written_at,
                "processed_at": processed_at,
            }
            for offset, outcome, rule in outcomes
        ]
        tokens = (Transaction(DECISION, self._decision),)
        self._write(self._contract.outcomes_path, pa.Table.from_pylist(rows, OUTCOMES_SCHEMA), tokens)

    def _write(self, path: str, rows: pa.Table, tokens: Sequence[Transaction]) -> None:
        write_deltalake(
            self._storage.uri(path),
            rows,
            mode="append",
            storage_options=self._storage.delta_options(),
            commit_properties=CommitProperties(app_transactions=list(tokens)),
        )
