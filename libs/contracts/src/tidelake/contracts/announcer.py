"""Announcements of commits on a topic, such as `bronze-commits`."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import timedelta

from tidelake.runtime.errors import LakeError, Transient
from tidelake.streams.errors import QueueFull
from tidelake.streams.producer import Delivered, Delivery, OutRecord, Producer
from tidelake.tables.announcement import CommitAnnounced, encode


class AnnouncementFailed(LakeError, Transient):
    """Kafka has not confirmed an announcement."""

    def __init__(self, table: str, version: int, reason: str) -> None:
        self.table = table
        self.version = version
        super().__init__(
            f"The announcement of version {version} of {table} was not confirmed: {reason}. The rows are in "
            "the table. It is announced again before anything else is committed there; readers know repeats "
            "by table and version."
        )


class TopicAnnouncer:
    """One record per commit, its key the table's path, so that a table's commits keep their order."""

    def __init__(self, producer: Producer, topic: str, timeout: timedelta) -> None:
        self._producer = producer
        self._topic = topic
        self._timeout = timeout

    def announce(self, commit: CommitAnnounced) -> None:
        """See Announcer.announce."""
        outcomes: list[Delivery] = []
        done = threading.Event()

        def on_done(delivered: Sequence[Delivery]) -> None:
            outcomes.extend(delivered)
            done.set()

        record = OutRecord(self._topic, encode(commit), key=commit.table.encode())
        try:
            self._producer.send([record], on_done)
        except QueueFull as full:
            raise AnnouncementFailed(commit.table, commit.version, str(full)) from full
        if not done.wait(self._timeout.total_seconds()):
            seconds = self._timeout.total_seconds()
            raise AnnouncementFailed(commit.table, commit.version, f"no answer within {seconds:g} s")
        (outcome,) = outcomes
        if not isinstance(outcome, Delivered):
            raise AnnouncementFailed(commit.table, commit.version, outcome.reason)
