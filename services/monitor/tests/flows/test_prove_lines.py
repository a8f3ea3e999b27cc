"""Each line is proved once, and one that is nowhere stays lost until it is somewhere."""

from collections.abc import Iterable

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from monitor.flows.prove_lines import LineProof
from tidelake.ledger.runs import Offsets, Runs, first_offsets, runs_of
from tidelake.tables.positions import Source

AT = Source("inbound", 0)


class Lake:
    """Lines of one partition in Kafka, and where they went; remembers what Kafka was asked."""

    def __init__(self, lines: Iterable[int]) -> None:
        self.lines = set(lines)
        self.asked: list[tuple[int, int]] = []
        self.proof = LineProof()

    def records(self, _source: Source, first: int, end: int) -> Offsets:
        self.asked.append((first, end))
        return np.array(sorted(one for one in self.lines if first <= one < end), dtype=np.int64)

    def lost(self, somewhere: Iterable[int], settled: int, log_start: int = 0) -> list[int]:
        there = {AT: runs(somewhere)}
        found = self.proof.step(there, {AT: log_start}, {AT: settled}, self.records)
        return list(first_offsets(found[AT], 999)) if found else []


def runs(offsets: Iterable[int]) -> Runs:
    return runs_of(np.array(list(offsets), dtype=np.int64))


def test_a_line_that_is_nowhere_is_lost_until_it_is_somewhere() -> None:
    lake = Lake(range(10))
    assert lake.lost([*range(4), *range(5, 10)], 10) == [4]
    assert lake.lost([], 10) == [4], "what was proved need not be told again"
    assert lake.lost([4], 10) == []
    assert lake.asked == [(4, 5)], "Kafka was asked once"


def test_offsets_at_which_there_was_no_line_are_asked_about_once() -> None:
    lake = Lake([0, 1, 3])
    assert lake.lost([0, 1, 3], 4) == []
    assert lake.lost([], 4) == []
    assert lake.asked == [(2, 3)]


def test_what_is_not_settled_is_not_looked_at() -> None:
    lake = Lake(range(10))
    assert lake.lost([0, 1], 2) == []
    assert lake.lost([2, 3, 7], 4) == []
    assert (lake.asked, lake.proof.proved) == ([], {AT: 4})


def test_a_lost_line_that_kafka_has_forgotten_is_told_no_more() -> None:
    lake = Lake(range(10))
    assert lake.lost([*range(3), *range(5, 10)], 10) == [3, 4]
    assert lake.lost([], 10, log_start=4) == [4]
    assert lake.lost([], 10, log_start=10) == []


def test_many_gaps_are_looked_into_step_by_step() -> None:
    lake = Lake(range(100))
    there = range(0, 100, 2)
    found = [len(lake.lost(there, 100)) for _ in range(3)]
    assert found == [20, 40, 50]


def test_a_topic_that_is_gone_is_forgotten() -> None:
    lake = Lake(range(10))
    assert lake.lost([], 10) == list(range(10))
    assert lake.proof.step({}, {Source("anew", 0): 0}, {}, lake.records) == {}


@given(
    st.sets(st.integers(0, 20)),
    st.lists(st.tuples(st.sets(st.integers(0, 20)), st.integers(0, 20), st.integers(0, 20)), max_size=6),
)
def test_whatever_comes_when_the_lost_are_those_that_are_settled_and_nowhere(
    lines: set[int], looks: list[tuple[set[int], int, int]]
) -> None:
    lake, there, settled, log_start = Lake(lines), set[int](), 0, 0
    for new, up_to, deleted in looks:
        there |= new
        settled, log_start = max(settled, up_to), max(log_start, deleted)
        lost = lake.lost(there, settled, log_start)
        assert lost == sorted({one for one in lines - there if log_start <= one < settled})
