"""Whether something levels off."""

from collections.abc import Callable

import pytest
from tidelake.bench.soak.levels import Level, growth_level, memory_level

MB = 1e6


def _series(value: Callable[[float], float], seconds: int = 900) -> list[tuple[float, float]]:
    return [(at, value(at)) for at in range(0, seconds, 10)]


def _judged(level: Level | None) -> Level:
    assert level is not None
    return level


def test_memory_that_fills_up_and_stays_levels_off() -> None:
    assert _judged(memory_level("java", _series(lambda at: min(at, 300) * MB))).levels_off


def test_memory_that_grows_all_the_time_does_not() -> None:
    level = _judged(memory_level("java", _series(lambda at: at * MB)))

    assert not level.levels_off
    assert (level.before, level.at_last) == (590 * MB, 890 * MB)


def test_memory_of_a_process_that_is_killed_is_judged_by_its_highest() -> None:
    assert _judged(memory_level("kafka", _series(lambda at: 200 * MB + at % 270 * MB / 10))).levels_off


def test_a_little_more_is_no_growth() -> None:
    assert _judged(memory_level("small", _series(lambda at: 50 * MB + at * MB / 30))).levels_off


def test_a_size_that_grows_as_fast_as_before_is_what_was_written() -> None:
    assert _judged(growth_level("data", _series(lambda at: at * MB))).levels_off


def test_a_size_that_grows_ever_faster_is_told() -> None:
    level = _judged(growth_level("log", _series(lambda at: (at / 30) ** 3 * MB / 10)))

    assert not level.levels_off
    assert level.at_last > 1.5 * level.before


def test_what_becomes_smaller_has_not_grown() -> None:
    level = _judged(growth_level("log", _series(lambda at: 900 * MB - at * MB)))

    assert (level.before, level.at_last, level.levels_off) == (0, 0, True)


@pytest.mark.parametrize("judge", [memory_level, growth_level])
def test_what_was_not_there_in_a_third_is_not_judged(judge: Callable[..., Level | None]) -> None:
    assert judge("gone", []) is None
    assert judge("gone", [(0.0, 1.0), (899.0, 1.0)]) is None
