"""Which small files are worth rewriting now."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

TIERS = (8 * 1024 * 1024, 128 * 1024 * 1024)
"""Target sizes in bytes, rising. Commits' own files are folded to the first, those to the second: so that a
byte is rewritten a handful of times, and not with every 32nd commit until its file is full."""


def tier_to_compact(files_below: Sequence[int], least_files: int) -> int | None:
    """The smallest of TIERS that has at least `least_files` files of its own; None: nothing is worth it.

    `files_below[i]` is how many files are smaller than TIERS[i].
    """
    own = [files_below[0], *(upper - lower for lower, upper in pairwise(files_below))]
    for target, files in zip(TIERS, own, strict=True):
        if files >= least_files:
            return target
    return None
