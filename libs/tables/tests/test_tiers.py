"""Small files are folded in two steps, so that no byte is rewritten again and again."""

import pytest
from tidelake.tables.tiers import TIERS, tier_to_compact


@pytest.mark.parametrize(
    ("files_below", "target"),
    [
        ((0, 0), None),
        ((31, 31), None),
        ((32, 32), TIERS[0]),
        ((40, 80), TIERS[0]),
        ((3, 34), None),
        ((3, 35), TIERS[1]),
        ((31, 63), TIERS[1]),
    ],
)
def test_the_smallest_tier_with_enough_files_of_its_own(
    files_below: tuple[int, int], target: int | None
) -> None:
    assert tier_to_compact(files_below, least_files=32) == target
