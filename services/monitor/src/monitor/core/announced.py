"""What was announced of commits: each once, however often it is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tidelake.tables.announcement import CommitAnnounced


@dataclass(frozen=True, slots=True)
class LastCommit:
    """The newest announced commit of a table."""

    table: str  # path below the lake's root
    version: int
    written_at: datetime
    rows: int


@dataclass(slots=True)
class Announced:
    """Commits by table, of the last `window`. Whether their rows are there is nothing that an announcement
    proves: the ledger counts them in the tables. One thread takes them; any may ask."""

    window: timedelta
    _newest: dict[str, LastCommit] = field(default_factory=dict[str, LastCommit])
    _recent: dict[str, dict[int, LastCommit]] = field(default_factory=dict[str, dict[int, LastCommit]])

    def take(self, commits: Iterable[CommitAnnounced], now: datetime) -> int:
        """Returns how many of them were new: a second one of the same (table, version) is a repeat."""
        new = 0
        # Another thread may be in the midst of what it was shown, so that is never changed.
        taking = {table: dict(recent) for table, recent in self._recent.items()}
        for commit in commits:
            known = self._newest.get(commit.table)
            recent = taking.setdefault(commit.table, {})
            is_old = now - commit.written_at > self.window
            if commit.version in recent or (is_old and known and known.version >= commit.version):
                continue
            new += 1
            taken = LastCommit(commit.table, commit.version, commit.written_at, commit.rows)
            if known is None or known.version < commit.version:
                self._newest[commit.table] = taken
            if not is_old:
                recent[commit.version] = taken
        self._recent = {
            table: {version: one for version, one in recent.items() if now - one.written_at <= self.window}
            for table, recent in taking.items()
        }
        return new

    def newest(self, table: str) -> LastCommit | None:
        """The newest commit of a table."""
        return self._newest.get(table)

    def rows_per_s(self, table: str, now: datetime) -> float:
        """Rows announced of a table over the window."""
        recent = self._recent.get(table, {}).values()
        rows = sum(one.rows for one in recent if now - one.written_at <= self.window)
        return rows / self.window.total_seconds()
