"""What a batch spans. It lets every file be skipped that can't matter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from tidelake.contracts.contract import Contract

from silver_processor.core.conditions import all_of
from silver_processor.core.shapes import POSITION

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
    sound: int  # rows that break no rule and have a value
    written_at: Ends
    event_time: Ends | None  # of the sound rows


@dataclass(frozen=True, slots=True)
class Bounds:
    """A whole batch. Never empty."""

    rows: int
    sound: int
    written_at: Ends
    event_time: Ends | None

    @classmethod
    def of(cls, spans: Sequence[PartitionSpan]) -> Bounds:
        """All partitions together."""
        return cls(
            rows=sum(span.rows for span in spans),
            sound=sum(span.sound for span in spans),
            written_at=cast("Ends", _join(span.written_at for span in spans)),
            event_time=_join(span.event_time for span in spans),
        )


def spans_of(judged: DataFrame) -> list[PartitionSpan]:
    """One per partition. One look at the whole batch, which also computes it."""
    sound = is_sound()
    values = (
        F.unix_micros("written_at"),
        F.when(sound, F.unix_micros("event_time")),
    )
    found = judged.groupBy("topic_id", "topic", "partition").agg(
        F.min("offset"),
        F.max("offset") + 1,
        F.count("*"),
        F.count_if(sound),
        *(end for value in values for end in (F.min(value), F.max(value))),
    )
    return [_span(row) for row in found.collect()]


def is_sound(alias: str = "") -> Column:
    """Whether a judged row may come into silver. `alias`: of its frame in a join, with a dot at its end."""
    return (F.size(f"{alias}broken") == 0) & ~F.col(f"{alias}ignored")


def same_event(contract: Contract) -> Column:
    """Whether a silver row `t` and a batch's row `s` are the same event: equal ids, within the dedupe window
    of bronze commit times on either side. A row's own position always is."""
    window = contract.dedupe_window
    return (
        (F.col("t.lake_event_id") == F.col("s.event_id"))
        & (F.col("t.lake_written_at") >= F.col("s.written_at") - interval(window))
        & (F.col("t.lake_written_at") <= F.col("s.written_at") + interval(window))
    )


def around(contract: Contract, bounds: Bounds) -> Mapping[str, Ends]:
    """Where all of silver's rows lie that are the same event as one of the batch: ends by column."""
    window, (first, last) = contract.dedupe_window, bounds.written_at
    ends: dict[str, Ends] = {"lake_written_at": (first - window, last + window)}
    if contract.event_time in contract.id_fields and bounds.event_time is not None:
        assert contract.event_time is not None
        ends[contract.event_time] = bounds.event_time
    return ends


def same_position(bounds: Bounds, prefix: str = "") -> Column:
    """Whether a row `t` of silver (whose columns begin with `prefix`) or of the outcomes is about the same
    bronze row as the row `s`, whose columns have no prefix."""
    equal = all_of([F.col(f"t.{prefix}{name}") == F.col(f"s.{name}") for name in POSITION])
    return equal & F.col(f"t.{prefix}written_at").between(*bounds.written_at)


def instant(micros: int) -> datetime:
    """The time that Spark's unix_micros names: as a timestamp it would come to Python without its zone."""
    return _EPOCH + timedelta(microseconds=micros)


def interval(span: timedelta) -> Column:
    """The span as Spark's interval, to the millisecond."""
    return F.make_dt_interval(secs=F.lit(span / timedelta(milliseconds=1) / 1000).cast("decimal(18,3)"))


def _span(row: Any) -> PartitionSpan:
    topic_id, topic, partition, first, end, rows, sound, *ends = row
    written, times = (
        None if low is None else (low, high) for low, high in zip(ends[::2], ends[1::2], strict=True)
    )
    written_at = cast("Ends", _instants(written))
    return PartitionSpan(topic_id, topic, partition, first, end, rows, sound, written_at, _instants(times))


def _instants(micros: tuple[int, int] | None) -> Ends | None:
    if micros is None:
        return None
    return instant(micros[0]), instant(micros[1])


def _join(ends: Iterable[Ends | None]) -> Ends | None:
    there = [pair for pair in ends if pair is not None]
    if not there:
        return None
    return min(low for low, _ in there), max(high for _, high in there)
