"""What a batch of judged rows spans. It lets every file be skipped that can't matter."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute
from tidelake.contracts.contract import Contract

# What its type stubs say is known in part only.
pc: Any = pyarrow.compute

Ends = tuple[datetime, datetime]
"""Least and greatest value, both included."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class PartitionSpan:
    """The rows of one partition in a batch. Ends are None where no row has a value."""

    topic_id: str
    topic: str
    partition: int
    first: int  # offset, included
    end: int  # offset, not included
    rows: int
    written_at: Ends
    event_time: Ends | None  # of the sound rows


@dataclass(frozen=True, slots=True)
class Bounds:
    """A whole batch. Never empty."""

    written_at: Ends
    event_time: Ends | None

    @classmethod
    def of(cls, spans: Sequence[PartitionSpan]) -> Bounds:
        """All partitions together."""
        return cls(
            written_at=cast("Ends", _join(span.written_at for span in spans)),
            event_time=_join(span.event_time for span in spans),
        )


def pieces(rows: pa.Table, longest: timedelta, most_rows: int, most_bytes: int) -> Generator[Ends]:
    """Spans of bronze commit time that a batch is cut into, so that none is longer than `longest` or has more
    than so many rows or bytes, unless a single commit has. No commit is cut. `rows`: written_at and bytes,
    null for none, of each."""
    commits: Any = (
        rows.set_column(0, "written_at", rows["written_at"].cast(pa.int64()))
        .group_by("written_at")
        .aggregate([([], "count_all"), ("bytes", "sum")])
    )
    begin = last = count = size = 0
    for commit in commits.sort_by("written_at").to_pylist():
        micros, more, heavier = commit["written_at"], commit["count_all"], commit["bytes_sum"] or 0
        is_long = instant(micros) - instant(begin) > longest
        if count and (is_long or count + more > most_rows or size + heavier > most_bytes):
            yield instant(begin), instant(last)
            count = size = 0
        begin = begin if count else micros
        last, count, size = micros, count + more, size + heavier
    if count:
        yield instant(begin), instant(last)


def spans_of(judged: pa.Table) -> list[PartitionSpan]:
    """One per partition."""
    times = pc.if_else(is_sound(judged), judged["event_time"], pa.scalar(None, judged["event_time"].type))
    found = (
        judged.select(["topic_id", "topic", "partition", "offset", "written_at"])
        .append_column("event_time", times)
        .group_by(["topic_id", "topic", "partition"])
        .aggregate(
            [([], "count_all"), *((name, "min_max") for name in ("offset", "written_at", "event_time"))]
        )
    )
    return [_span(row) for row in found.to_pylist()]


def is_sound(judged: pa.Table) -> Any:
    """Whether a judged row may come into silver."""
    return pc.and_not(pc.equal(pc.list_value_length(judged["broken"]), 0), judged["ignored"])


def around(contract: Contract, bounds: Bounds) -> Mapping[str, Ends]:
    """Where all of silver's rows lie that are the same event as one of the batch: ends by column."""
    window, (first, last) = contract.dedupe_window, bounds.written_at
    ends: dict[str, Ends] = {"lake_written_at": (first - window, last + window)}
    time = contract.event_time
    # Rows that are the same event have the same time, unless it counts as empty: then silver has none.
    is_kept = all(rule.metric != "missingValues" or rule.field != time for rule in contract.quality)
    if time in contract.id_fields and is_kept and bounds.event_time is not None:
        assert time is not None
        ends[time] = bounds.event_time
    return ends


def instant(micros: int) -> datetime:
    """The time that Spark's unix_micros names: as a timestamp it would come to Python without its zone."""
    return _EPOCH + timedelta(microseconds=micros)


def _span(row: Mapping[str, Any]) -> PartitionSpan:
    offsets, written_at, event_time = (
        row[f"{name}_min_max"] for name in ("offset", "written_at", "event_time")
    )
    return PartitionSpan(
        row["topic_id"],
        row["topic"],
        row["partition"],
        first=offsets["min"],
        end=offsets["max"] + 1,
        rows=row["count_all"],
        written_at=(written_at["min"], written_at["max"]),
        event_time=None if event_time["min"] is None else (event_time["min"], event_time["max"]),
    )


def _join(ends: Iterable[Ends | None]) -> Ends | None:
    there = [pair for pair in ends if pair is not None]
    if not there:
        return None
    return min(low for low, _ in there), max(high for _, high in there)
