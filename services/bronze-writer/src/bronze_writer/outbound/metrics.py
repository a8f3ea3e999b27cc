"""Every metric of the writer, with its meaning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc
from opentelemetry.metrics import CallbackOptions, Meter, Observation
from tidelake.streams.values import TopicPartition
from tidelake.tables.announcement import Announcement

from bronze_writer.core.placing import StopReason

Outcome = Literal["committed", "failed", "kept", "moved", "unmoved", "topic_remade", "gap_unproved"]

_DELAYS_S = (0.05, 0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30, 60, 300, 3600)
_COMMITS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class WriterMetrics:
    """Counted by the loop's thread; gauges are read by any."""

    def __init__(self, meter: Meter) -> None:
        self._stopped: dict[TopicPartition, StopReason] = {}
        self._lags: dict[TopicPartition, int] = {}
        self._buffered: dict[str, int] = {}
        self._rows = meter.create_counter(
            "lake.bronze.rows", unit="{row}", description="Rows committed to bronze, by table"
        )
        self._bytes = meter.create_counter(
            "lake.bronze.bytes", unit="By", description="Bytes of these rows in memory, by table"
        )
        self._commits = meter.create_counter(
            "lake.bronze.commits",
            unit="{commit}",
            description="Outcomes of commits, by table. committed: in order. failed: the call failed, and "
            "then, by partition: kept (it is in the table), unmoved (planned again), moved (another writer "
            "owns the partition). topic_remade: dropped because the topic is another one now. gap_unproved: "
            "dropped because the consumer may have skipped records",
        )
        self._commit_seconds = meter.create_histogram(
            "lake.bronze.commit.duration",
            unit="s",
            description="How long the call that commits took, by table",
            explicit_bucket_boundaries_advisory=_COMMITS_S,
        )
        self._delay_seconds = meter.create_histogram(
            "lake.bronze.delay",
            unit="s",
            description="From received_at to written_at of the oldest row of each commit, by table",
            explicit_bucket_boundaries_advisory=_DELAYS_S,
        )
        self._announcements = meter.create_counter(
            "lake.bronze.announcements",
            unit="{announcement}",
            description="Commits announced, by table; repeats after a take-over included",
        )
        self._compactions = meter.create_counter(
            "lake.bronze.compacted_files", unit="{file}", description="Files rewritten into fewer, by table"
        )
        meter.create_observable_gauge(
            "lake.bronze.lag",
            [self._observe_lags],
            unit="{offset}",
            description="Kafka's last stable offset minus the table's token, by partition owned here",
        )
        meter.create_observable_gauge(
            "lake.bronze.buffered",
            [self._observe_buffered],
            unit="By",
            description="Bytes taken from Kafka and not yet committed, by table",
        )
        meter.create_observable_gauge(
            "lake.bronze.partitions_stopped",
            [self._observe_stopped],
            unit="{partition}",
            description="Partitions that stand still until a person decides, by reason",
        )

    def committed(self, announcement: Announcement, rows: pa.Table, seconds: float) -> None:
        """A commit returned in order."""
        table = {"table": announcement.table}
        self._rows.add(rows.num_rows, table)
        self._bytes.add(rows.nbytes, table)
        self._commit_seconds.record(seconds, table)
        self.outcome(announcement.table, "committed")
        oldest = _oldest(rows)
        if oldest is not None:
            self._delay_seconds.record((announcement.written_at - oldest).total_seconds(), table)

    def outcome(self, table: str, outcome: Outcome, times: int = 1) -> None:
        """See lake.bronze.commits."""
        if times:
            self._commits.add(times, {"table": table, "outcome": outcome})

    def announced(self, table: str) -> None:
        """A commit was announced."""
        self._announcements.add(1, {"table": table})

    def compacted(self, table: str, files: int) -> None:
        """Files were rewritten."""
        self._compactions.add(files, {"table": table})

    def stopped(self, at: TopicPartition, reason: StopReason) -> None:
        """A partition stands still."""
        self._stopped[at] = reason

    def forget(self, at: TopicPartition) -> None:
        """The partition is not owned here any more."""
        self.runs(at)
        self._lags.pop(at, None)

    def runs(self, at: TopicPartition) -> None:
        """The partition is read."""
        self._stopped.pop(at, None)

    def lags(self, lags: Mapping[TopicPartition, int]) -> None:
        """The lag of every partition owned."""
        self._lags = dict(lags)

    def buffered(self, table: str, size: int) -> None:
        """What waits."""
        self._buffered[table] = size

    def _observe_lags(self, _options: CallbackOptions) -> Iterable[Observation]:
        for at, lag in self._lags.copy().items():
            yield Observation(lag, {"topic": at.topic, "partition": at.partition})

    def _observe_buffered(self, _options: CallbackOptions) -> Iterable[Observation]:
        for table, size in self._buffered.copy().items():
            yield Observation(size, {"table": table})

    def _observe_stopped(self, _options: CallbackOptions) -> Iterable[Observation]:
        reasons = list(self._stopped.copy().values())
        for reason in StopReason:
            yield Observation(reasons.count(reason), {"reason": reason.value})


def _oldest(rows: pa.Table) -> datetime | None:
    oldest = pc.min(rows["received_at"]).as_py()
    return oldest if isinstance(oldest, datetime) else None
