"""Reads a bronze table with an ordinary Delta reader: rows, tokens, and the history of its commits."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

import msgspec
from deltalake import DeltaTable
from deltalake.exceptions import TableNotFoundError
from tidelake.testkit.road.records import Content, Position

_ANNOUNCEMENT = "lake.announcement"


@dataclass(frozen=True, slots=True)
class Covered:
    """Offsets of one partition that a commit covers: half-open."""

    topic_id: str
    partition: int
    first: int  # included
    end: int  # not included
    rows: int


@dataclass(frozen=True, slots=True)
class BronzeCommit:
    """One commit of rows, as the table's own log tells it."""

    version: int
    at: datetime  # by the writer's clock
    rows: int
    ranges: tuple[Covered, ...]


class BronzeReader:
    """One bronze table, opened anew for each question."""

    def __init__(self, uri: str, storage_options: Mapping[str, str]) -> None:
        self._uri = uri
        self._options = dict(storage_options)

    def exists(self) -> bool:
        """Whether a table is there."""
        try:
            self._open()
        except TableNotFoundError:
            return False
        return True

    def version(self) -> int:
        """The newest version. Raises TableNotFoundError."""
        return self._open().version()

    def next_offsets(self, topic_id: str, partitions: Sequence[int]) -> Mapping[int, int]:
        """The commit token of each partition; 0 where nothing was committed yet, also without a table."""
        try:
            table = self._open()
        except TableNotFoundError:
            return dict.fromkeys(partitions, 0)
        return {at: table.transaction_version(f"{topic_id}/{at}") or 0 for at in partitions}

    def rows(self) -> Iterator[tuple[Position, Content]]:
        """Every row of the newest version."""
        table = self._open()
        columns = ["topic_id", "partition", "offset", "key", "value", "headers", "kafka_timestamp"]
        found = table.to_pyarrow_table(columns=columns)
        for topic_id, partition, offset, key, value, headers, at in zip(
            *(cast("list[Any]", found[name].to_pylist()) for name in columns), strict=True
        ):
            fields = None if headers is None else tuple((one["key"], one["value"]) for one in headers)
            yield Position(topic_id, partition, offset), Content(key, value, fields, _milliseconds(at))

    def commits(self) -> list[BronzeCommit]:
        """Every commit of rows, the oldest first."""
        history = self._open().history()
        return [_commit(one) for one in reversed(history) if _ANNOUNCEMENT in one]

    def _open(self) -> DeltaTable:
        return DeltaTable(self._uri, storage_options=dict(self._options))


def _commit(entry: Mapping[str, Any]) -> BronzeCommit:
    announcement = msgspec.json.decode(entry[_ANNOUNCEMENT])
    names = ("topic_id", "partition", "first", "end", "rows")
    ranges = tuple(Covered(**{name: one[name] for name in names}) for one in announcement["ranges"])
    at = datetime.fromtimestamp(entry["timestamp"] / 1000, UTC)
    return BronzeCommit(entry["version"], at, announcement["rows"], ranges)


def _milliseconds(at: datetime | None) -> int:
    return -1 if at is None else round(at.timestamp() * 1000)
