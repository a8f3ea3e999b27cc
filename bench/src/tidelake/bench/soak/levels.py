"""Whether something levels off: memory stays below what it had reached, sizes grow no faster. Pure.

A run has three parts of the same length. In the first one things fill up: caches, pools, Java's classes. What
counts is whether the last third is like the second one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

Samples = Sequence[tuple[float, float]]  # seconds, ascending, and a value
JUDGED_FROM_S = 600.0
"""A shorter run has not left its beginning."""

_MORE_MEMORY = 1.15
_SOME_MEMORY = 32e6  # bytes
_FASTER = 1.5
_SOME_GROWTH = 4e6  # bytes


@dataclass(frozen=True, slots=True)
class Level:
    """One series: what it came to in the second third, in the last one, and what it might have come to."""

    name: str
    before: float
    at_last: float
    limit: float

    @property
    def levels_off(self) -> bool:
        return self.at_last <= self.limit


def memory_level(name: str, samples: Samples) -> Level | None:
    """By the most in each third, as a process that is killed begins anew: 15 % and 32 MB more are no growth.

    None if one of the two thirds has no sample: what did not run can't be judged.
    """
    second, last = _thirds(samples)
    if not second or not last:
        return None
    before = max(value for _, value in second)
    return Level(name, before, max(value for _, value in last), before * _MORE_MEMORY + _SOME_MEMORY)


def growth_level(name: str, samples: Samples) -> Level | None:
    """By what was added in each third: half as much again and 4 MB are no acceleration. What becomes smaller
    has not grown. None as memory_level."""
    second, last = _thirds(samples)
    if not second or not last:
        return None
    before = max(0.0, second[-1][1] - second[0][1])
    return Level(name, before, max(0.0, last[-1][1] - last[0][1]), before * _FASTER + _SOME_GROWTH)


def _thirds(samples: Samples) -> tuple[Samples, Samples]:
    """The second one and the last one."""
    begin, end = (samples[0][0], samples[-1][0]) if samples else (0.0, 0.0)
    marks = begin + (end - begin) / 3, begin + (end - begin) * 2 / 3
    return [one for one in samples if marks[0] <= one[0] < marks[1]], [
        one for one in samples if one[0] >= marks[1]
    ]
