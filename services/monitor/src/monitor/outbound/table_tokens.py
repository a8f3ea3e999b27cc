"""The transaction versions of a table that is looked at again and again.

deltalake reads all commits since the last checkpoint for each application id that it is asked about. Here
each is asked about once, and after that only the commits are read that are new.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec
from deltalake import DeltaTable
from tidelake.tables.delta_log import log_entries


class _Transaction(msgspec.Struct):
    app_id: str = msgspec.field(name="appId")
    version: int


class _Action(msgspec.Struct):
    """A line of a log entry, as far as it is of interest."""

    txn: _Transaction | None = None


class TableTokens:
    """Of one table. For one thread."""

    def __init__(self) -> None:
        self._version = -1
        self._known: dict[str, int | None] = {}

    def read(self, delta: DeltaTable, app_ids: Collection[str]) -> Mapping[str, int | None]:
        """The transaction version of each, in the version that `delta` shows; None: none. Raises what
        deltalake and its files raise."""
        version = delta.version()
        if version < self._version or not self._caught_up(delta, version):
            self._known.clear()
        self._version = version
        for app_id in app_ids:
            if app_id not in self._known:
                self._known[app_id] = delta.transaction_version(app_id)
        return {app_id: self._known[app_id] for app_id in app_ids}

    def _caught_up(self, delta: DeltaTable, version: int) -> bool:
        """False: the log of the versions between is not there any more."""
        new = version - self._version
        if not self._known or not new:
            return True
        entries = list(log_entries(delta, new))
        for _, content in reversed(entries):
            for line in content.splitlines():
                moved = msgspec.json.decode(line, type=_Action).txn
                if moved is not None and moved.app_id in self._known:
                    self._known[moved.app_id] = moved.version
        return len(entries) == new
