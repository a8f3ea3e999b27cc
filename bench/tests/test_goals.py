"""Goals."""

import pytest
from tidelake.bench.goals import Goal, judge
from tidelake.bench.rows import row


@pytest.mark.parametrize(("ours", "met"), [(1.5, True), (1.51, False)])
def test_a_goal_is_met_up_to_its_bound(ours: float, met: bool) -> None:
    (verdict,) = judge([Goal("p50", 1.5)], [row("p50", "s", [ours])])

    assert verdict.met is met


def test_one_bad_run_does_not_miss_a_goal_that_the_median_meets() -> None:
    (verdict,) = judge([Goal("p50", 1.5)], [row("p50", "s", [1.0, 1.2, 9.0])])

    assert verdict.met


def test_a_goal_that_was_not_measured_is_not_passed_over() -> None:
    with pytest.raises(KeyError):
        judge([Goal("p50", 1.5)], [row("p99", "s", [1.0])])
