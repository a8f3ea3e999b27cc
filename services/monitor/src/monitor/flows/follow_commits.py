"""Keeps what is announced of commits."""

from __future__ import annotations

from datetime import timedelta

from tidelake.runtime.clock import Clock

from monitor.core.announced import Announced
from monitor.flows.ports import Feed

_WAIT = timedelta(milliseconds=500)


class CommitFollower:
    """Reads the feed, step by step. For one thread; `announced` may be read by any."""

    def __init__(self, feed: Feed, announced: Announced, clock: Clock) -> None:
        self._feed = feed
        self._announced = announced
        self._clock = clock

    def step(self) -> None:
        """Takes what has come. Raises FeedBroken."""
        commits = self._feed.read(self._clock.now(), _WAIT)
        self._announced.take(commits, self._clock.now())
