"""Announcements count once, however often they come."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from monitor.core.announced import Announced
from tidelake.tables.announcement import CommitAnnounced

NOW = datetime(2026, 1, 1, tzinfo=UTC)
WINDOW = timedelta(seconds=60)


def commit(version: int, rows: int = 10, ago_s: float = 1, table: str = "bronze/flights") -> CommitAnnounced:
    return CommitAnnounced(table, version, "flights", "c", NOW - timedelta(seconds=ago_s), rows, ())


def test_a_repeat_by_table_and_version_changes_nothing() -> None:
    announced = Announced(WINDOW)
    assert announced.take([commit(1), commit(2), commit(1)], NOW) == 2
    assert announced.take([commit(2)], NOW) == 0
    assert announced.take([commit(2, table="silver/flights")], NOW) == 1
    assert announced.rows_per_s("bronze/flights", NOW) == 20 / 60


def test_the_newest_commit_is_that_of_the_highest_version() -> None:
    announced = Announced(WINDOW)
    announced.take([commit(7), commit(3)], NOW)
    newest = announced.newest("bronze/flights")
    assert newest is not None
    assert newest.version == 7
    assert announced.newest("bronze/planes") is None


def test_what_lies_before_the_window_counts_for_no_rate() -> None:
    announced = Announced(WINDOW)
    announced.take([commit(1, ago_s=30)], NOW)
    assert announced.rows_per_s("bronze/flights", NOW + timedelta(seconds=31)) == 0
    assert announced.take([commit(1, ago_s=30)], NOW + timedelta(seconds=31)) == 0


class Meanwhile(datetime):
    """A moment at which more is announced while somebody counts with it."""

    announced: Announced

    def __sub__(self, other: Any) -> Any:
        self.announced.take([commit(9)], NOW)
        return NOW - other


def test_what_is_announced_while_rows_are_counted_does_not_disturb_the_count() -> None:
    announced = Announced(WINDOW)
    announced.take([commit(1), commit(2)], NOW)
    now = Meanwhile(NOW.year, NOW.month, NOW.day, tzinfo=UTC)
    now.announced = announced
    assert announced.rows_per_s("bronze/flights", now) == 20 / 60
    assert announced.rows_per_s("bronze/flights", NOW) == 30 / 60


@given(st.lists(st.integers(0, 9), max_size=40))
def test_rows_are_those_of_the_distinct_versions(versions: list[int]) -> None:
    announced = Announced(WINDOW)
    for version in versions:
        announced.take([commit(version, rows=version)], NOW)
    assert round(announced.rows_per_s("bronze/flights", NOW) * 60) == sum(set(versions))
