"""What a batch spans. As literals in a condition it lets Delta skip every file that can't matter."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F


@dataclass(frozen=True, slots=True)
class Bounds:
    """Least and greatest values of a batch's rows; None where no row has one."""

    rows: int
    sound: int  # rows that break no rule and are not ignored
    written_at: tuple[datetime, datetime]
    event_id: tuple[str, str] | None
    event_time: tuple[datetime, datetime] | None


def bounds_of(judged: DataFrame) -> Bounds | None:
    """One look at the whole batch, which also computes it; None if it is empty. `judged` as judging makes it."""
    sound = is_sound()
    found = judged.agg(
        F.count("*"),
        F.count_if(sound),
        *(
            ends
            for value in (F.col("written_at"), F.when(sound, F.col("event_id")), F.when(sound, F.col("event_time")))
            for ends in (F.min(value), F.max(value))
        ),
    ).collect()[0]
    rows, sound_rows, first, last, low_id, high_id, early, late = found
    if not rows:
        return None
    return Bounds(
        rows=rows,
        sound=sound_rows,
        written_at=(first, last),
        event_id=None if low_id is None else (low_id, high_id),
        event_time=None if early is None else (early, late),
    )


def is_sound() -> Column:
    """Whether a judged row may come into silver."""
    return (F.size("broken") == 0) & ~F.col("ignored")


def same_event(bounds: Bounds, window: timedelta, id_fields: Iterable[str], event_time: str | None) -> Column:
    """Whether a silver row `t` and a batch's row `s` are the same event: equal ids, within the dedupe window of
    bronze commit times on either side. A row's own position is always within it.

    The rest of the condition follows from these two and is there for Delta to skip files.
    """
    assert bounds.event_id is not None
    span = F.make_dt_interval(secs=F.lit(window.total_seconds()))
    matches = (
        (F.col("t.lake_event_id") == F.col("s.lake_event_id"))
        & (F.col("t.lake_written_at") >= F.col("s.lake_written_at") - span)
        & (F.col("t.lake_written_at") <= F.col("s.lake_written_at") + span)
        & F.col("t.lake_written_at").between(bounds.written_at[0] - window, bounds.written_at[1] + window)
        & F.col("t.lake_event_id").between(*bounds.event_id)
    )
    if event_time in id_fields and bounds.event_time is not None:
        matches &= F.col(f"t.`{event_time}`").between(*bounds.event_time)
    return matches


def same_position(bounds: Bounds, prefix: str = "") -> Column:
    """Whether a row `t` of silver (its columns begin with `prefix`) or of the outcomes is about the batch's row
    `s`, which has columns without a prefix."""
    equal = [F.col(f"t.{prefix}{name}") == F.col(f"s.{name}") for name in ("topic_id", "partition", "offset")]
    within = F.col(f"t.{prefix}written_at").between(*bounds.written_at)
    return equal[0] & equal[1] & equal[2] & within
