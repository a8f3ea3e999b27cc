"""When each record could be read: when the store made the commit's object, by the store's clock."""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Mapping

import msgspec
from tidelake.tables.announcement import METADATA_KEY, decode_announcement
from tidelake.tables.objects import Objects
from tidelake.tables.positions import Source

_COMMIT = re.compile(r".*/(\d{20})\.json")


class _Token(msgspec.Struct):
    appId: str  # noqa: N815  # Delta's spelling
    version: int


class _CommitInfo(msgspec.Struct):
    announcement: str | None = msgspec.field(name=METADATA_KEY, default=None)


class _Action(msgspec.Struct):
    txn: _Token | None = None
    commitInfo: _CommitInfo | None = None  # noqa: N815


def tokens_in(commit: bytes) -> Mapping[str, int]:
    """The commit tokens that a commit of the Delta log sets: application id -> version.

    Source: Delta protocol, Transaction Identifiers.
    """
    actions = (msgspec.json.decode(line, type=_Action) for line in commit.splitlines() if line)
    return {action.txn.appId: action.txn.version for action in actions if action.txn is not None}


def announced_ends_in(commit: bytes) -> Mapping[str, int]:
    """How far the batch of one of silver's commits reaches: source's application id -> next offset."""
    infos = [
        info.announcement
        for line in commit.splitlines()
        if line and (info := msgspec.json.decode(line, type=_Action).commitInfo) and info.announcement
    ]
    return {each.source.app_id: each.end for info in infos for each in decode_announcement(info).ranges}


class CommitLog:
    """The commits of one table as far as they were read. Grows by `refresh`."""

    def __init__(
        self,
        objects: Objects,
        table_path: str,
        ends_in: Callable[[bytes], Mapping[str, int]] = tokens_in,
    ) -> None:
        """`ends_in`: how far a commit reaches, by its content."""
        self._objects = objects
        self._ends_in = ends_in
        self.versions: dict[int, float] = {}
        """Unix time from which each version could be read."""
        self._prefix = f"{table_path}/_delta_log/"
        self._seen: set[str] = set()
        # By application id, in the order of the commits: next offsets and when the store had them.
        self._ends: dict[str, list[int]] = defaultdict(list)
        self._times: dict[str, list[float]] = defaultdict(list)

    def refresh(self) -> None:
        """Reads the commits that came since the last call. Raises StoreUnavailable, StoreRefused."""
        for entry in self._objects.list(self._prefix):
            commit = _COMMIT.fullmatch(entry.path)
            if entry.path in self._seen or commit is None:
                continue
            stored = self._objects.read(entry.path)
            if stored is None:
                continue
            self._seen.add(entry.path)
            self.versions[int(commit[1])] = entry.updated.timestamp()
            for app_id, end in self._ends_in(stored.content).items():
                self._ends[app_id].append(end)
                self._times[app_id].append(entry.updated.timestamp())

    def end(self, source: Source) -> int:
        """The next offset after what can be read of it; 0 before its first commit."""
        ends = self._ends.get(source.app_id)
        return ends[-1] if ends else 0

    def readable_at(self, source: Source, offset: int) -> float | None:
        """Unix time from which the record could be read; None: it can't yet."""
        ends = self._ends.get(source.app_id, [])
        commit = bisect_right(ends, offset)
        return self._times[source.app_id][commit] if commit < len(ends) else None
