"""What silver should say of changes, told from the source's side: without offsets or places in a log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tidelake.testkit.changes.columns import Key, Row, is_sound
from tidelake.testkit.changes.source import Sent


class Expected:
    """The rows that silver has, and what becomes of each change."""

    def __init__(self) -> None:
        self.rows: dict[Key, Row] = {}
        self._stale: set[Key] = set()  # a change of theirs is in quarantine
        self._commit: dict[Key, int] = {}  # of the newest change
        self._seen: set[int] = set()

    def outcomes(self, sent: Sequence[Sent]) -> Iterator[str]:
        """Of each in its order."""
        for one in sent:
            yield self._outcome(one)
            self._seen.add(id(one))

    def _outcome(self, sent: Sent) -> str:
        if id(sent) in self._seen:
            return "duplicate"
        is_late, self._commit[sent.key] = self._is_late(sent), max(sent.commit, self._commit.get(sent.key, 0))
        if sent.after is not None and not is_sound(sent.after):
            self._stale.add(sent.key)
            return "quarantined"
        if is_late:
            return "superseded"
        if sent.left_out and (sent.key in self._stale or sent.key not in self.rows):
            self._stale.add(sent.key)
            return "quarantined"
        was_there = self.rows.pop(sent.key, None) is not None
        self._stale.discard(sent.key)
        if sent.after is None:
            return "deleted"
        self.rows[sent.key] = sent.after
        return "updated" if was_there else "inserted"

    def _is_late(self, sent: Sent) -> bool:
        """Whether a snapshot was taken before a change of the key that came before it."""
        return sent.op == "r" and sent.commit < self._commit.get(sent.key, 0)
