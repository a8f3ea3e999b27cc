"""Two ways in turn."""

from collections.abc import Sequence
from typing import Any

import pytest
from tidelake.bench.errors import BenchFailed
from tidelake.bench.gateway.pairs import Pair, Question, added_to, ask_in_turn, pair_rows

ONE = Question("one", "select 1")


def nothing() -> None:
    pass


def test_either_way_is_first_in_half_of_the_pairs() -> None:
    asked: list[str] = []

    def through(sql: str) -> Sequence[tuple[Any, ...]]:
        asked.append("through")
        return [(2,), (1,)]

    def straight(sql: str) -> Sequence[tuple[Any, ...]]:
        asked.append("straight")
        return [(1,), (2,)]

    assert len(ask_in_turn(ONE, through, straight, 4, nothing)) == 4
    assert asked == ["straight", "through", "through", "straight"] * 2


def test_answers_that_differ_are_no_measurement() -> None:
    with pytest.raises(BenchFailed, match="two ways"):
        ask_in_turn(ONE, lambda _: [(1,)], lambda _: [(2,)], 1, nothing)


def test_it_can_be_ended_between_two_pairs() -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ask_in_turn(ONE, lambda _: [(1,)], lambda _: [(1,)], 1, stop)


def test_what_was_added_is_counted_pair_by_pair() -> None:
    rows = {row.measure: row for row in pair_rows(ONE, [Pair(15, 10), Pair(110, 100), Pair(7, 4)])}
    assert (rows["one"].ours, rows["one"].peer_value) == (15, 10)
    assert rows[added_to(ONE)].ours == 5
    assert rows["one: added p95"].ours == 10
