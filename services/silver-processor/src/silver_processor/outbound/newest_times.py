"""The latest time in a column of silver, by position: of files that can tell, by the log's statistics.

Who starts asks for it, and a table of years is not to be read for that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from typing import Any, cast

import pyarrow as pa
from deltalake import DeltaTable
from tidelake.tables.delta_lookup import STATISTICS_UNIT, arrow_schema, dataset_of

Place = tuple[str, int]
"""Topic id and partition."""

_TOPIC, _PARTITION = "lake_topic_id", "lake_partition"
_AT_ONCE = 8  # files


def newest_times(delta: DeltaTable, column: str, at_once: int = _AT_ONCE) -> Mapping[Place, datetime]:
    """Of places that have one. Files are read from the latest time downwards, as long as one may have a later
    time than is known of its places, `at_once` together. Raises what deltalake and pyarrow raise."""
    newest: dict[Place, datetime] = {}
    waiting = sorted(_files(delta, column), key=_File.order)
    while waiting:
        head, waiting = waiting[:at_once], waiting[at_once:]
        sizes = {file.path: file.size for file in head if file.may_have_later(newest)}
        if sizes:
            for place, time in _times_in(delta, sizes, column):
                newest[place] = max(time, newest.get(place, time))
    return newest


@dataclass(frozen=True, slots=True)
class _File:
    path: str
    size: int  # bytes
    latest: datetime | None  # None: the log does not say
    places: frozenset[Place] | None  # that it may have rows of; None: the log does not say

    def order(self) -> tuple[bool, float]:
        return (self.latest is not None, -self.latest.timestamp() if self.latest else 0.0)

    def may_have_later(self, newest: Mapping[Place, datetime]) -> bool:
        if self.latest is None or self.places is None:
            return True
        # What the log says may be cut.
        return any(
            place not in newest or newest[place] < self.latest + STATISTICS_UNIT for place in self.places
        )


def _files(delta: DeltaTable, column: str) -> Iterator[_File]:
    """Without those that the log says have no time."""
    for action in pa.table(delta.get_add_actions(flatten=True)).to_pylist():
        latest = cast("datetime | None", action.get(f"max.{column}"))
        if latest is None and action.get(f"null_count.{column}") == action["num_records"]:
            continue
        yield _File(action["path"], action["size_bytes"], latest and latest.astimezone(UTC), _places(action))


def _places(action: Mapping[str, Any]) -> frozenset[Place] | None:
    topics = {action.get(f"{end}.{_TOPIC}") for end in ("min", "max")}
    first, last = (action.get(f"{end}.{_PARTITION}") for end in ("min", "max"))
    if len(topics) > 1 or None in topics or first is None or last is None:
        return None
    return frozenset(product(cast("set[str]", topics), range(first, last + 1)))


def _times_in(delta: DeltaTable, sizes: Mapping[str, int], column: str) -> Iterator[tuple[Place, datetime]]:
    rows = dataset_of(delta, sizes, arrow_schema(delta)).to_table(columns=[_TOPIC, _PARTITION, column])
    latest = rows.group_by([_TOPIC, _PARTITION]).aggregate([(column, "max")])
    for row in latest.to_pylist():
        if (time := row[f"{column}_max"]) is not None:
            yield (row[_TOPIC], row[_PARTITION]), time.astimezone(UTC)
