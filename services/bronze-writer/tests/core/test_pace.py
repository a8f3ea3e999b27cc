"""Commits follow the contract's freshness, and nothing is committed when nothing came."""

from datetime import timedelta

import pyarrow as pa
import pytest
from bronze_writer.core.pace import commit_interval, is_due
from bronze_writer.core.pending import Pending
from tidelake.tables.positions import Source

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("freshness", "interval"), [(0.1, 0.2), (1, 0.2), (2, 0.4), (60, 12), (300, 60), (86_400, 60)]
)
def test_a_fifth_of_the_freshness_within_bounds(freshness: float, interval: float) -> None:
    assert commit_interval(timedelta(seconds=freshness)) == timedelta(seconds=interval)


def pending(since: float | None, rows: int = 1) -> Pending:
    some = Pending(Source("topic-id", 0), "events.flights", 0)
    if since is not None:
        columns = {"offset": list(range(rows)), "value": [b"x" * 100] * rows}
        some.take(pa.RecordBatch.from_pydict(columns), since)
    return some


def test_due_when_the_oldest_record_waited_long_enough() -> None:
    waiting = [pending(9.5), pending(9.0), pending(None)]
    assert not is_due(waiting, 9.9, SECOND, max_bytes=10_000)
    assert is_due(waiting, 10.0, SECOND, max_bytes=10_000)


def test_due_at_once_when_there_is_much() -> None:
    assert is_due([pending(9.0, rows=60), pending(9.0, rows=60)], 9.0, SECOND, max_bytes=10_000)


def test_never_due_when_nothing_came() -> None:
    assert not is_due([], 10.0, SECOND, max_bytes=10_000)
    assert not is_due([pending(None)], 10.0, SECOND, max_bytes=10_000)


def test_an_end_behind_markers_is_due_like_records() -> None:
    some = pending(None)
    some.reach(3, 9.0)
    assert is_due([some], 10.0, SECOND, max_bytes=10_000)
