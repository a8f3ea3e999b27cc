"""How often a dataset is committed, and when a commit is due."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from bronze_writer.core.pending import Pending

SHORTEST = timedelta(seconds=0.2)
LONGEST = timedelta(seconds=60)


def commit_interval(freshness: timedelta) -> timedelta:
    """A fifth of what the contract promises, so that a commit that has to be made again still keeps it."""
    return min(max(freshness / 5, SHORTEST), LONGEST)


def is_due(pending: Iterable[Pending], now: float, interval: timedelta, max_bytes: int) -> bool:
    """Whether a table's pending records wait long enough, or are many enough, to be committed.

    Never when nothing came.
    """
    waiting = [each for each in pending if not each.is_empty]
    if sum(each.bytes for each in waiting) >= max_bytes:
        return True
    oldest = min((each.since for each in waiting if each.since is not None), default=now)
    return bool(waiting) and now - oldest >= interval.total_seconds()
