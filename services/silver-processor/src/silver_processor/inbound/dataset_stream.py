"""One dataset's Spark query: follows its bronze table from the checkpoint on, batch by batch."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, partial
from typing import Any, cast

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.streaming.query import StreamingQuery
from tidelake.contracts.contract import Contract
from tidelake.runtime.errors import LakeError, Transient
from tidelake.runtime.shutdown import Deadline
from tidelake.tables.bronze_table import TableMissing
from tidelake.tables.storage import LakeStorage

from silver_processor.core.judging import Judge
from silver_processor.flows.announce_commits import Announcements
from silver_processor.flows.compact_tables import Compaction
from silver_processor.flows.make_tables import make_tables
from silver_processor.flows.ports import Ports, TableAt
from silver_processor.flows.take_batch import StreamState, take_batch
from silver_processor.outbound.checkpoint import batch_under_way
from silver_processor.outbound.silver_tables import SilverTable
from silver_processor.outbound.spark_errors import file_missing, told

CHECKPOINTS = "checkpoints/silver-processor/"
_IDLE = "Waiting for data to arrive"  # Spark's words for a stream that has taken all there is


class Stopping(LakeError, Transient):
    """The stream was asked to stop before this batch."""

    def __init__(self) -> None:
        super().__init__("The stream stops; nothing of this batch was taken.")


@dataclass(frozen=True, slots=True)
class Pace:
    """How much a micro-batch takes, and how often."""

    trigger_ms: int
    max_files: int


class DatasetStream:
    """A running query. Batches come one at a time, on a thread of Spark's."""

    def __init__(
        self, contract: Contract, session: SparkSession, storage: LakeStorage, ports: Ports, pace: Pace
    ) -> None:
        """Makes silver's tables unless they are there, and starts. Raises TableMissing while there is no
        bronze."""
        self._storage = storage
        self._ports = ports
        # What takes the place of rows would lose against a compaction: there, batches wait for it.
        self._silver_ports = ports if contract.mode == "append" else replace(ports, in_background=_at_once)
        self._stopping = threading.Event()
        self._cause: Exception | None = None
        self._compaction = Compaction()
        self._table: TableAt = cache(partial(SilverTable, session, storage))
        table = self._table
        if not table(contract.bronze_path).exists():
            raise TableMissing(contract.bronze_path)
        make_tables(contract, table)
        self._contract = contract
        announcements = Announcements(ports.announcer)
        announcements.repeat_newest([table(contract.silver_path), table(contract.outcomes_path)])
        self._checkpoint = f"{CHECKPOINTS}{contract.silver_path}"
        self._state = StreamState(
            announcements,
            _newest_event_times(contract, table),
            tried_before=batch_under_way(storage.objects(), self._checkpoint),
        )
        self._query = self._start(session, pace)

    def failure(self) -> str | None:
        """See Stream.failure."""
        if self._query.isActive:
            return None
        cause = self._cause or self._query.exception()
        if cause is None:
            return "Spark ended the query without a word."
        # Spark reads bronze alone.
        return told(file_missing(cause, self._contract.bronze_path) or cause)

    def works(self) -> bool:
        """See Stream.works."""
        return self._state.has_taken or self._query.status["message"] == _IDLE

    def stop(self, deadline: Deadline) -> None:
        """See Stream.stop."""
        self._stopping.set()
        while self._query.isActive and self._query.status["isTriggerActive"] and not deadline.expired:
            threading.Event().wait(0.05)
        self._query.stop()

    def _start(self, session: SparkSession, pace: Pace) -> StreamingQuery:
        contract = self._contract
        source: Any = session.readStream.format("delta").option("maxFilesPerTrigger", pace.max_files)
        if contract.mode == "upsert":
            # Commit by commit: a stream begins with the files that are there, and compacted ones come last.
            source = source.option("startingVersion", 0)
        bronze: DataFrame = source.load(self._storage.uri(contract.bronze_path))
        # Judged here, and not batch by batch: it takes Spark 0.2 s to make sense of all the rules.
        sink: Any = Judge(contract).judge(bronze).writeStream.foreachBatch(self._take)
        return cast(
            "StreamingQuery",
            sink.queryName(contract.address)
            .option("checkpointLocation", self._storage.uri(self._checkpoint))
            .trigger(processingTime=f"{pace.trigger_ms} milliseconds")
            .start(),
        )

    def _take(self, judged: DataFrame, _batch_id: int) -> None:
        try:
            self._take_batch(judged)
        except Exception as cause:
            self._cause = cause  # Spark would tell it by the whole way that it took
            raise

    def _take_batch(self, judged: DataFrame) -> None:
        if self._stopping.is_set():
            raise Stopping
        table, contract, began = self._table, self._contract, self._ports.clock.monotonic()
        taken = take_batch(judged, contract, table, self._state, self._ports)
        if not taken:
            return
        oldest = min(span.written_at[0] for piece in taken for span in piece.spans)
        delay = (self._ports.clock.now() - oldest).total_seconds()
        self._ports.metrics.batch(contract.address, self._ports.clock.monotonic() - began, delay)
        for piece in taken:
            if piece.inserted:
                self._compaction.committed(table(contract.silver_path), self._silver_ports)
            if piece.outcomes:
                self._compaction.committed(table(contract.outcomes_path), self._ports)


def _at_once(work: Callable[[], None]) -> None:
    work()


def _newest_event_times(contract: Contract, table: TableAt) -> dict[tuple[str, int], datetime]:
    if contract.event_time is None or contract.mode != "append":
        return {}
    return dict(table(contract.silver_path).newest_times(contract.event_time))
