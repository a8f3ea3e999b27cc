"""What a soak does."""

from itertools import islice, pairwise

import pytest
from tidelake.bench.soak.plan import KILLABLE, Plan, split


def _plan(seconds: float = 900, seed: int = 1) -> Plan:
    return Plan(seconds=seconds, seed=seed, load=split(500))


def test_the_same_seed_kills_the_same_in_the_same_order() -> None:
    first, again = (list(islice(_plan(seed=7).names(), 40)) for _ in range(2))

    assert first == again
    assert first != list(islice(_plan(seed=8).names(), 40))


@pytest.mark.parametrize("seed", range(20))
def test_each_is_killed_once_before_one_is_killed_twice_and_none_twice_running(seed: int) -> None:
    names = list(islice(_plan(seed=seed).names(), 4 * len(KILLABLE)))

    for deck in range(0, len(names), len(KILLABLE)):
        assert set(names[deck : deck + len(KILLABLE)]) == set(KILLABLE)
    assert not [name for name, following in pairwise(names) if name == following]


def test_one_alone_can_be_killed_again_and_again() -> None:
    plan = Plan(seconds=900, seed=1, load=split(500), killed=("kafka",))

    assert list(islice(plan.names(), 3)) == ["kafka"] * 3


def test_the_three_sources_together_are_the_rate() -> None:
    load = split(500)

    assert (load.events, load.lines, load.changes, load.total) == (300, 100, 100, 500)


def test_kills_come_at_their_interval_and_none_without_its_time_to_recover_from_it() -> None:
    plan, due = _plan(seconds=120), None
    kills: list[float] = []
    while (due := plan.next_kill(1000, due)) is not None:
        kills.append(due)

    assert kills == [1030, 1060, 1090]


def test_a_kill_that_waited_moves_those_after_it() -> None:
    assert _plan(seconds=120).next_kill(began=1000, last=1041.5) == 1071.5
    assert _plan(seconds=120).next_kill(began=1000, last=1071.5) is None
