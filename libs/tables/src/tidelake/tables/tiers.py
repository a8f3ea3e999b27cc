"""Which small files are worth rewriting now."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

_SMALLEST, _GROWTH = 256 * 1024, 8
TIERS = tuple(_SMALLEST * _GROWTH**step for step in range(4))
"""Target sizes in bytes, rising: 256 KiB, 2, 16 and 128 MiB. A file is folded into one about eight times as
large, so that a byte is rewritten once a tier, and not with every 32nd commit until its file is full."""
BOUNDS = tuple(target // 2 for target in TIERS)
"""A file below it is small for that tier. Half, as files that are folded to a target end below it."""


def tier_to_compact(files_below: Sequence[int], least_files: int) -> int | None:
    """The largest of TIERS that has enough files of its own: `least_files` as they are committed, and of
    those that were folded before as many as make one of the next tier. None: nothing is worth it.

    A larger target takes the smaller files, too, so that none waits for those that come all the time.
    `files_below[i]` is how many files are smaller than BOUNDS[i].
    """
    own = [files_below[0], *(upper - lower for lower, upper in pairwise(files_below))]
    least = [least_files, *[min(least_files, _GROWTH)] * (len(own) - 1)]
    enough = [target for target, files, wanted in zip(TIERS, own, least, strict=True) if files >= wanted]
    return max(enough, default=None)
