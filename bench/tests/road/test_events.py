"""Joining receipts, rows and commits."""

import pytest
from tidelake.bench.commits import CommitLog
from tidelake.bench.errors import BenchFailed
from tidelake.bench.road.events import Event, Stamps, counted_events
from tidelake.bench.road.load import Answer, LoadReport
from tidelake.bench.road.schedule import Schedule
from tidelake.tables.memory_objects import MemoryObjects
from tidelake.tables.positions import Source

SCHEDULE = Schedule(rate=1, batch=1, warm_up_s=1, counted_s=1)
STAMPS = Stamps(1001.1, 1001.2, 1001.8)
REPORT = LoadReport(
    answers=[Answer(0, 0, 0.1, 200, [(0, 0)]), Answer(1, 1, 1.5, 200, [(0, 1)])], cpu_seconds=0
)


@pytest.fixture
def commits() -> CommitLog:
    objects = MemoryObjects()
    objects.create(f"bronze/a/_delta_log/{0:020d}.json", b'{"txn":{"appId":"t/0","version":2}}')
    log = CommitLog(objects, "bronze/a")
    log.refresh()
    return log


def test_a_counted_event_has_its_stamps_and_the_warm_up_has_none(commits: CommitLog) -> None:
    (event,) = counted_events(REPORT, SCHEDULE, 1000.0, "t", {(0, 1): STAMPS}, commits)

    readable = commits.readable_at(Source("t", 0), 1)
    assert event == Event(1001.0, 1001.5, STAMPS, readable or 0, Source("t", 0), 1)


def test_an_acknowledged_event_without_a_row_ends_the_bench(commits: CommitLog) -> None:
    with pytest.raises(BenchFailed, match="is not in bronze"):
        counted_events(REPORT, SCHEDULE, 1000.0, "t", {}, commits)


def test_an_acknowledged_event_without_a_commit_ends_the_bench(commits: CommitLog) -> None:
    with pytest.raises(BenchFailed, match="is not in bronze"):
        counted_events(REPORT, SCHEDULE, 1000.0, "another topic", {(0, 1): STAMPS}, commits)
