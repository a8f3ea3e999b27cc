"""The road of each event as stamps: what the sender saw, what stands in its row, when it could be read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from deltalake import DeltaTable
from tidelake.bench.commits import CommitLog
from tidelake.bench.errors import BenchFailed
from tidelake.bench.road.load import LoadReport
from tidelake.bench.road.schedule import Schedule
from tidelake.tables.positions import Source
from tidelake.tables.storage import LakeStorage

Position = tuple[int, int]  # partition, offset

_STAMPS = ("received_at", "kafka_timestamp", "written_at")


@dataclass(frozen=True, slots=True)
class Stamps:
    """What the row of an event says of its way. Unix seconds, to the millisecond."""

    received: float
    in_kafka: float
    written: float


@dataclass(frozen=True, slots=True)
class Event:
    """One acknowledged event. Times in Unix seconds, all by the clock of one machine."""

    due: float  # by the schedule
    acked: float
    stamps: Stamps
    readable: float  # the store had its commit
    source: Source
    offset: int


def read_stamps(storage: LakeStorage, table_path: str, since: float) -> Mapping[Position, Stamps]:
    """The stamps of all rows that reached Kafka after `since`. Raises BenchFailed when a position has two."""
    table = DeltaTable(storage.uri(table_path), storage_options=storage.delta_options())
    after = datetime.fromtimestamp(since, UTC)
    untyped = cast("Any", table)
    columns = untyped.to_pyarrow_table(
        columns=["partition", "offset", *_STAMPS], filters=[("kafka_timestamp", ">=", after)]
    ).to_pydict()
    positions = list(zip(columns["partition"], columns["offset"], strict=True))
    times = zip(*(columns[name] for name in _STAMPS), strict=True)
    found = {
        position: Stamps(*(moment.timestamp() for moment in moments))
        for position, moments in zip(positions, times, strict=True)
    }
    if len(found) != len(positions):
        raise BenchFailed(
            f"{len(positions) - len(found)} rows of {table_path} repeat a position.",
            "Report it as a fault.",
        )
    return found


def counted_events(
    report: LoadReport,
    schedule: Schedule,
    start_at: float,
    topic_id: str,
    stamps: Mapping[Position, Stamps],
    commits: CommitLog,
) -> Sequence[Event]:
    """Every event that was acknowledged and due after the warm-up. Raises BenchFailed when one is not in
    bronze."""
    return list(_events(report, schedule, start_at, topic_id, stamps, commits))


def _events(
    report: LoadReport,
    schedule: Schedule,
    start_at: float,
    topic_id: str,
    stamps: Mapping[Position, Stamps],
    commits: CommitLog,
) -> Iterator[Event]:
    for request, answer in enumerate(report.answers):
        if not schedule.is_counted(request):
            continue
        for partition, offset in answer.positions:
            source = Source(topic_id, partition)
            readable = commits.readable_at(source, offset)
            stamped = stamps.get((partition, offset))
            if readable is None or stamped is None:
                raise BenchFailed(
                    f"Partition {partition} offset {offset} was acknowledged and is not in bronze.",
                    "Report it as a fault.",
                )
            yield Event(start_at + answer.due, start_at + answer.done, stamped, readable, source, offset)
