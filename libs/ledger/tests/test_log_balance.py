"""Every log line is in a dataset or among the dead letters, or it is named."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tidelake.ledger.balance import Verdict
from tidelake.ledger.log_balance import InboundPartition, Landed, LogBalance, balance_lines, passed_over
from tidelake.ledger.runs import Runs, first_offsets, runs_of
from tidelake.tables.positions import Source

AT, OTHER = Source("inbound", 0), Source("inbound", 1)
EARLIER = Source("made-anew-since", 0)


def runs(offsets: Iterable[int]) -> Runs:
    return runs_of(np.array(list(offsets), dtype=np.int64))


@dataclass
class Lake:
    """Lines 0 to 9 of one partition; all of them are in weather."""

    lines: Sequence[int] = range(10)
    log_start: int = 0
    committed: int | None = 10
    datasets: Mapping[str, Sequence[int]] = field(default_factory=lambda: {"weather": range(10)})
    dead: Mapping[str, Sequence[int]] = field(default_factory=dict[str, Sequence[int]])
    forgotten: Sequence[int] = ()

    @property
    def inbound(self) -> list[InboundPartition]:
        return [InboundPartition(AT, self.log_start, 10, runs(self.lines), self.committed)]

    @property
    def landed(self) -> dict[str, Landed]:
        return {name: Landed(len(offsets), {AT: runs(offsets)}) for name, offsets in self.datasets.items()}

    @property
    def letters(self) -> dict[str, dict[Source, Runs]]:
        return {reason: {AT: runs(offsets)} for reason, offsets in self.dead.items()}

    def balance(self) -> LogBalance:
        return balance_lines(self.inbound, self.landed, self.letters, {AT: runs(self.forgotten)})


def test_a_line_is_counted_once_however_many_datasets_have_it_and_however_often() -> None:
    balance = Lake(
        datasets={"weather": [0, 1, 2, 2, 2, 5], "storms": [1, 2, 3]}, dead={"no_stream": [4, 6, 7, 8, 9, 9]}
    ).balance()
    assert (balance.lines, balance.routed, balance.dead_letters) == (10, 5, 5)
    assert balance.verdict is Verdict.BALANCED
    storms, weather = balance.datasets
    assert (storms.address, storms.lines, storms.repeats) == ("storms", 3, 0)
    assert (weather.address, weather.lines, weather.repeats) == ("weather", 4, 2)
    assert balance.reasons == {"no_stream": 5}


def test_a_line_that_the_router_is_done_with_and_that_is_nowhere_is_named() -> None:
    balance = Lake(datasets={"weather": [0, 1, 2, 4, 5, 6, 8, 9]}).balance()
    assert (balance.missing, balance.waiting) == (2, 0)
    assert balance.examples == ("inbound/0/3", "inbound/0/7")
    assert balance.verdict is Verdict.NOT_BALANCED


def test_a_line_that_the_router_has_in_its_hands_is_no_gap_though_later_ones_are_through() -> None:
    balance = Lake(datasets={"weather": [0, 1, 2, 4, 5]}, committed=3).balance()
    assert (balance.missing, balance.waiting, balance.routed) == (0, 5, 5)
    assert balance.verdict is Verdict.BEHIND


def test_where_the_router_has_said_nothing_lines_before_the_last_one_that_is_somewhere_are_missed() -> None:
    balance = Lake(datasets={"weather": [0, 2]}, dead={"no_line": [4]}, committed=None).balance()
    assert (balance.missing, balance.waiting) == (2, 5)
    assert Lake(datasets={"weather": []}, committed=None).balance().waiting == 10


def test_what_kafka_deleted_before_the_router_read_it_is_lost() -> None:
    balance = Lake(lines=range(6, 10), log_start=6, committed=4, datasets={"weather": range(4)}).balance()
    assert (balance.deleted_unread, balance.waiting, balance.missing) == (2, 4, 0)
    assert balance.verdict is Verdict.NOT_BALANCED


def test_lines_that_kafka_has_forgotten_are_not_compared() -> None:
    balance = Lake(lines=range(4, 10), log_start=4).balance()
    assert (balance.lines, balance.routed, balance.unknown) == (6, 6, 0)
    assert balance.datasets[0].lines == 6
    assert balance.verdict is Verdict.BALANCED


def test_a_line_whose_dead_letter_may_be_forgotten_is_not_called_lost() -> None:
    balance = Lake(datasets={"weather": range(2, 10)}, forgotten=[0]).balance()
    assert (balance.unproved, balance.missing, balance.examples) == (1, 1, ("inbound/0/1",))


def test_positions_that_are_no_lines_are_made_up_and_those_of_an_earlier_topic_are_not() -> None:
    lake = Lake(lines=[0, 1, 2], datasets={"weather": [0, 1, 2, 5]}, committed=6)
    balance = lake.balance()
    assert (balance.unknown, balance.examples) == (1, ("inbound/0/5",))
    anew = {"weather": Landed(4, {AT: runs([0, 1, 2]), EARLIER: runs([7])})}
    assert balance_lines(lake.inbound, anew, {}, {}).verdict is Verdict.BALANCED


def test_records_that_name_no_line_are_strangers() -> None:
    balance = balance_lines(Lake().inbound, {"weather": Landed(12, {AT: runs(range(10))})}, {}, {})
    assert balance.datasets[0].strangers == 2
    assert balance.verdict is Verdict.BALANCED


def test_a_line_that_was_routed_again_by_newer_contracts_is_counted_as_routed() -> None:
    balance = Lake(dead={"unknown_stream": [2, 3]}).balance()
    assert (balance.routed, balance.dead_letters, balance.rerouted) == (10, 0, 2)
    assert balance.verdict is Verdict.BALANCED


OFFSETS = st.lists(st.integers(0, 14), max_size=30)


@given(
    st.sets(st.integers(0, 9)),
    st.integers(0, 9),
    st.none() | st.integers(0, 12),
    st.dictionaries(st.sampled_from(["a", "b"]), OFFSETS),
    st.dictionaries(st.sampled_from(["no_line", "too_large"]), OFFSETS),
    st.sets(st.integers(0, 9)),
)
def test_positions_compared_as_runs_are_positions_compared_as_sets(
    lines: set[int],
    log_start: int,
    committed: int | None,
    datasets: dict[str, list[int]],
    dead: dict[str, list[int]],
    forgotten: set[int],
) -> None:
    kept = {one for one in lines if one >= log_start}
    lake = Lake(sorted(kept), log_start, committed, datasets, dead, sorted(forgotten))
    balance = lake.balance()
    routed = kept & set[int]().union(*datasets.values())
    letters = kept & set[int]().union(*dead.values())
    absent = kept - routed - letters
    places = {*set[int]().union(*datasets.values(), *dead.values())}
    reach = max((one + 1 for one in places if log_start <= one < 10), default=0)
    passed = {one for one in absent if one < (reach if committed is None else committed)}
    assert balance.lines == len(kept)
    assert (balance.routed, balance.dead_letters) == (len(routed), len(letters - routed))
    assert balance.rerouted == len(letters & routed)
    assert balance.missing == len(passed - forgotten)
    assert balance.unproved == len(passed & forgotten)
    assert balance.waiting == len(absent - passed)
    assert balance.unknown == len({one for one in places if log_start <= one < 10} - kept)
    assert {one.address: one.lines for one in balance.datasets} == {
        name: len(kept & set(offsets)) for name, offsets in datasets.items()
    }
    assert balance.lines == (
        balance.routed + balance.dead_letters + balance.waiting + balance.missing + balance.unproved
    )
    if committed is not None:
        found = passed_over(lake.inbound, lake.landed.values(), lake.letters)
        assert {one for at in found.values() for one in first_offsets(at, 99)} == passed
