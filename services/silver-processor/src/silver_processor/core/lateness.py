"""Which rows come late: far behind what their partition has seen already."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from silver_processor.core.conditions import surely
from silver_processor.core.spans import interval, is_sound

Newest = Mapping[tuple[str, int], datetime]
"""Newest event time seen before, by topic id and partition."""


def with_lateness(judged: DataFrame, late_after: timedelta, newest: Newest) -> DataFrame:
    """Adds `is_late`: the event time is further than `late_after` behind the newest one at a lower offset of
    the same partition. False for what comes first; null without an event time. Nothing is dropped for it."""
    before = (
        Window.partitionBy("topic_id", "partition")
        .orderBy("offset")
        .rowsBetween(Window.unboundedPreceding, -1)
    )
    seen = F.max(F.when(is_sound(), F.col("event_time"))).over(before)
    if newest:
        entries = [
            part
            for (topic_id, number), at in newest.items()
            for part in (F.lit(f"{number} {topic_id}"), F.lit(at))
        ]
        known = F.create_map(*entries)[F.concat_ws(" ", F.col("partition"), F.col("topic_id"))]
        seen = F.greatest(seen, known)
    behind = F.col("event_time") < seen - interval(late_after)
    return judged.withColumn("is_late", F.when(F.col("event_time").isNotNull(), surely(behind)))
