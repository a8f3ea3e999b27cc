"""Versions of a table, read from its Delta log."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import msgspec
import pyarrow as pa
from deltalake import DeltaTable
from tidelake.tables.delta_log import commit_times, log_entries
from tidelake.tables.objects import Objects
from tidelake.tables.refusals import store_errors


@dataclass(frozen=True, slots=True)
class TableVersion:
    """Grain: version."""

    version: int
    committed_at: datetime | None  # UTC, by the store's clock, as --as-of takes it; None: not in the log now
    operation: str  # as the writer calls it; empty if it does not say
    rows_added: int | None  # None: unknown, as where files were rewritten or have no statistics


def versions_of(delta: DeltaTable, objects: Objects, path: str, limit: int) -> list[TableVersion]:
    """The newest `limit` ones up to the table's, newest first; fewer where the log was cleaned up.

    Raises StoreUnavailable, StoreRefused.
    """
    with store_errors("read the log of", path):
        entries = list(log_entries(delta, limit))
    times = commit_times(objects, path, (version for version, _ in entries))
    return [_version(version, content, times.get(version)) for version, content in entries]


def rows_of(delta: DeltaTable) -> int | None:
    """Rows by the statistics of the table's files; None if one of them has none. Reads no file."""
    return _sum(pa.table(delta.get_add_actions())["num_records"].to_pylist())


class _Commit(msgspec.Struct):
    operation: str = ""


class _File(msgspec.Struct):
    changes: bool = msgspec.field(name="dataChange", default=True)
    stats: str | None = None


class _Statistics(msgspec.Struct):
    rows: int | None = msgspec.field(name="numRecords", default=None)


class _Action(msgspec.Struct):
    """A line of a log entry, as far as it is of interest."""

    commit: _Commit | None = msgspec.field(name="commitInfo", default=None)
    add: _File | None = None
    remove: _File | None = None


def _version(version: int, content: bytes, committed_at: datetime | None) -> TableVersion:
    actions = [msgspec.json.decode(line, type=_Action) for line in content.splitlines() if line]
    operation = next((action.commit.operation for action in actions if action.commit), "")
    rewrites = any(action.remove.changes for action in actions if action.remove)
    added = [_rows(action.add) for action in actions if action.add and action.add.changes]
    return TableVersion(version, committed_at, operation, None if rewrites else _sum(added))


def _rows(file: _File) -> int | None:
    return msgspec.json.decode(file.stats, type=_Statistics).rows if file.stats else None


def _sum(counts: Iterable[object]) -> int | None:
    known = list(counts)
    return None if None in known else sum(cast("list[int]", known))
