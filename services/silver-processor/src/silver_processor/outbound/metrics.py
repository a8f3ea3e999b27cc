"""Every metric of the processor, with its meaning."""

from __future__ import annotations

from opentelemetry.metrics import Meter

_SECONDS = (0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4, 5, 7.5, 10, 15, 30, 60, 300)


class SilverMetrics:
    """Counted by the streams' threads."""

    def __init__(self, meter: Meter) -> None:
        self._rows = meter.create_counter(
            "lake.silver.rows",
            unit="{row}",
            description="Rows committed to silver and its outcomes, by table",
        )
        self._commits = meter.create_counter(
            "lake.silver.commits", unit="{commit}", description="Commits, by table"
        )
        self._conflicts = meter.create_counter(
            "lake.silver.conflicts",
            unit="{commit}",
            description="Commits that lost against another one and were decided again, by table",
        )
        self._failures = meter.create_counter(
            "lake.silver.stream.failures",
            unit="{failure}",
            description="Streams that ended by an error, by dataset",
        )
        self._batch_seconds = meter.create_histogram(
            "lake.silver.batch.duration",
            unit="s",
            description="How long a micro-batch took from its rows to its last announcement, by dataset",
            explicit_bucket_boundaries_advisory=_SECONDS,
        )
        self._delay_seconds = meter.create_histogram(
            "lake.silver.delay",
            unit="s",
            description="From bronze's commit of a batch's oldest row to silver's commit, by dataset",
            explicit_bucket_boundaries_advisory=_SECONDS,
        )

    def committed(self, table: str, rows: int) -> None:
        """A commit is in the table."""
        self._commits.add(1, {"table": table})
        self._rows.add(rows, {"table": table})

    def conflict(self, table: str) -> None:
        """A commit lost against another one."""
        self._conflicts.add(1, {"table": table})

    def failed(self, dataset: str) -> None:
        """A stream ended by an error."""
        self._failures.add(1, {"dataset": dataset})

    def batch(self, dataset: str, seconds: float, delay_seconds: float) -> None:
        """A micro-batch is done."""
        self._batch_seconds.record(seconds, {"dataset": dataset})
        self._delay_seconds.record(delay_seconds, {"dataset": dataset})
