"""What may be committed of a partition, what was skipped in it, and when it stands still."""

from __future__ import annotations

from ingest_router.core.log_progress import Progress, Standing


def test_nothing_is_missing_while_lines_follow_one_another_from_the_committed_offset_on() -> None:
    progress = Progress()
    assert not progress.gap(0, 1, 10, 10, now=0)
    assert progress.done(0, 1, 15, now=0) == 15
    assert not progress.gap(0, 1, 10, 15, now=0)


def test_lines_that_never_came_are_a_gap() -> None:
    progress = Progress()
    assert progress.gap(0, 1, 10, 12, now=0) == range(10, 12)
    progress.done(0, 1, 13, now=0)
    assert progress.gap(0, 1, 10, 20, now=0) == range(13, 20)


def test_where_nothing_was_committed_a_generation_begins_at_the_logs_start() -> None:
    progress = Progress()
    progress.assigned({0: None}, 1, now=0)
    assert progress.from_start(0, 1, None, 7)
    assert progress.gap(0, 1, 3, 7, now=0) == range(3, 7)
    progress.done(0, 1, 8, now=0)
    assert not progress.from_start(0, 1, None, 8)
    assert progress.gap(0, 1, None, 9, now=0) == range(8, 9)
    assert progress.from_start(0, 2, None, 8)


def test_what_was_committed_in_another_log_of_the_name_is_not_committed_again() -> None:
    progress = Progress()
    progress.assigned({0: 1000}, 1, now=0)
    assert not progress.from_start(0, 1, 1000, 1000)
    assert progress.from_start(0, 1, 1000, 0)
    assert not progress.gap(0, 1, 0, 0, now=0)
    assert progress.done(0, 1, 5, now=0) == 5
    assert not progress.from_start(0, 1, 1000, 3), "lines that come again later are of this log"


def test_lines_that_come_again_take_nothing_back() -> None:
    progress = Progress()
    progress.gap(0, 1, 0, 0, now=0)
    progress.done(0, 1, 10, now=0)
    assert not progress.gap(0, 1, 0, 3, now=0)
    assert progress.done(0, 1, 5, now=0) == 10


def test_each_assignment_begins_where_the_group_had_committed() -> None:
    progress = Progress()
    progress.gap(0, 1, 0, 0, now=0)
    progress.done(0, 1, 10, now=0)
    progress.assigned({0: 50}, 2, now=0)  # another worker went on in between
    assert progress.gap(0, 2, 50, 52, now=0) == range(50, 52)


def test_what_an_earlier_assignment_still_had_in_its_hands_is_not_committed() -> None:
    progress = Progress()
    progress.gap(0, 1, 0, 0, now=0)
    progress.assigned({0: 0}, 2, now=0)
    assert progress.done(0, 1, 10, now=0) is None
    assert not progress.gap(0, 1, 0, 5, now=0)
    progress.assigned({}, 3, now=0)
    assert progress.done(0, 2, 10, now=0) is None


def test_what_waits_begins_at_the_logs_start_where_nothing_was_committed() -> None:
    progress = Progress()
    progress.assigned({0: None, 1: 7, 2: 9}, 1, now=0)
    logs = {0: range(3, 5), 1: range(0, 7)}
    assert progress.waiting(logs) == {0: range(3, 5), 1: range(7, 7)}


def test_a_partition_stands_still_when_its_lines_have_waited_too_long_and_nothing_moved() -> None:
    progress = Progress()
    progress.assigned({0: 0, 1: 0, 2: 0}, 1, now=0)
    waiting = {0: range(5), 1: range(5)}
    assert progress.standing(waiting, 10, now=10) == []
    progress.done(1, 1, 2, now=10)
    assert progress.standing(waiting, 10, now=11) == [Standing(0, range(5), 11)]


def test_no_time_counts_while_nothing_waits_or_nobody_knows() -> None:
    progress = Progress()
    progress.assigned({0: 0, 1: 0}, 1, now=0)
    assert progress.standing({0: range(0)}, 10, now=100) == []
    assert progress.standing({0: range(1), 1: range(1)}, 10, now=105) == []
