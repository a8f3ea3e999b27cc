"""Small files are folded in steps, so that no byte is rewritten again and again."""

from bisect import bisect_left

import pytest
from tidelake.tables.tiers import BOUNDS, TIERS, tier_to_compact

KIB, MIB = 1024, 1024 * 1024


@pytest.mark.parametrize(
    ("files_below", "target"),
    [
        ((0, 0, 0, 0), None),
        ((31, 31, 31, 31), None),
        ((32, 32, 32, 32), TIERS[0]),
        ((40, 47, 47, 47), TIERS[0]),
        ((40, 48, 48, 48), TIERS[1]),
        ((3, 10, 17, 17), None),
        ((3, 11, 11, 11), TIERS[1]),
        ((40, 48, 48, 56), TIERS[3]),
    ],
)
def test_the_largest_tier_with_enough_files_of_its_own(
    files_below: tuple[int, int, int, int], target: int | None
) -> None:
    assert tier_to_compact(files_below, least_files=32) == target


def test_who_wants_fewer_files_gets_them_at_every_tier() -> None:
    assert tier_to_compact((0, 3, 3, 3), least_files=3) == TIERS[1]
    assert tier_to_compact((0, 2, 2, 2), least_files=3) is None


def folded(files: list[int], target: int) -> tuple[list[int], int]:
    """As deltalake does it, and how many bytes were written: the smallest together, up to the target."""
    small = sorted(size for size in files if size < target)
    bins: list[list[int]] = [[]]
    for size in small:
        if bins[-1] and sum(bins[-1]) + size > target:
            bins.append([])
        bins[-1].append(size)
    written = sum(sum(each) for each in bins if len(each) > 1)
    return [size for size in files if size >= target] + [sum(each) for each in bins if each], written


@pytest.mark.parametrize("commit", [KIB, 5 * KIB, 70 * KIB, 300 * KIB, 1500 * KIB, 9 * MIB, 100 * MIB])
def test_a_byte_is_rewritten_a_few_times_and_files_stay_few(commit: int) -> None:
    files: list[int] = []
    written = most = 0
    commits = 6000
    for number in range(1, commits + 1):
        files.append(commit)
        if number % 32 == 0:
            ordered = sorted(files)
            target = tier_to_compact([bisect_left(ordered, bound) for bound in BOUNDS], least_files=32)
            if target is not None:
                files, more = folded(files, target)
                written += more
        small = sum(size < BOUNDS[-1] for size in files)
        most = max(most, small)
    assert sum(files) == commits * commit
    assert written <= 6 * commits * commit, written / (commits * commit)
    assert most <= 32 + 3 * 32, most
