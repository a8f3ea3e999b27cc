"""Announces commits in their order, and again what may lack."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from tidelake.tables.announcement import CommitAnnounced

from silver_processor.flows.ports import Announcer, Table


class Announcements:
    """What is in one dataset's tables and not surely announced. One that fails stays, and comes first."""

    def __init__(self, announcer: Announcer) -> None:
        self._announcer = announcer
        self._waiting: deque[CommitAnnounced] = deque()

    def repeat_newest(self, tables: Iterable[Table]) -> None:
        """Whoever wrote before may have died between a commit and its announcement: only the newest can lack,
        as each is announced before the next one is made."""
        for table in tables:
            self._waiting.extend(table.newest())

    def add(self, commit: CommitAnnounced) -> None:
        """It is in the table."""
        self._waiting.append(commit)

    def announce(self) -> None:
        """All of them. Raises AnnouncementFailed: that one and those behind it wait on."""
        while self._waiting:
            self._announcer.announce(self._waiting[0])
            self._waiting.popleft()
