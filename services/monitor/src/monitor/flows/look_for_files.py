"""Looks whether the store has the files that a table's log names: nobody reads most of them ever again."""

from __future__ import annotations

import math
from collections.abc import Sequence

from deltalake import DeltaTable
from tidelake.tables.delta_log import file_sizes
from tidelake.tables.missing_files import missing_files

_AT_ONCE = 1000
"""Asked for at one look: four seconds of it at 30 ms each, eight at a time. A table with thousands of files
in force is gone round in several looks."""


class FilesLook:
    """The files in force of one table, each asked for once an interval. For one thread."""

    def __init__(self, path: str, every_s: float) -> None:
        """`path`: the table's, below the lake's root."""
        self._path = path
        self._every_s = every_s
        self._asked: dict[str, float] | None = None  # when each was seen or missed, by name
        self._missing: set[str] = set()

    def doubt(self) -> None:
        """All are asked for at the next look."""
        self._asked = None

    def missing(self, delta: DeltaTable, now: float) -> Sequence[str]:
        """Those of the version that `delta` shows which were missing when they were last asked for, by name.
        `now`: seconds. Raises StoreUnavailable, StoreRefused."""
        known, names = self._asked, file_sizes(delta)
        # A file that is new to a table that is known was there a moment ago: it is written before its commit.
        asked = {name: -math.inf if known is None else known.get(name, now) for name in names}
        due = sorted((name for name in names if now - asked[name] >= self._every_s), key=asked.__getitem__)
        due = due[:_AT_ONCE]
        gone = missing_files(delta, self._path, due) if due else []
        self._asked = asked | dict.fromkeys(due, now)
        self._missing = (self._missing & names.keys() - set(due)) | set(gone)
        return sorted(self._missing)

    def still_missing(self, delta: DeltaTable) -> Sequence[str]:
        """Of those, the ones that a newer version names too, and that are missing still. Raises as
        `missing`."""
        if self._missing:
            again = sorted(self._missing)[:_AT_ONCE]
            gone = missing_files(delta, self._path, again)
            self._missing = (self._missing & file_sizes(delta).keys() - set(again)) | set(gone)
        return sorted(self._missing)
