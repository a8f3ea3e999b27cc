"""The tables of a lake as they stand now, read from their Delta logs alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from tidelake.tables.bronze_table import LogUnreadable
from tidelake.tables.delta_log import commit_times
from tidelake.tables.objects import Objects
from tidelake.tables.storage import LakeStorage

from .names import LakeTable
from .tables import open_if_there
from .versions import rows_of


@dataclass(frozen=True, slots=True)
class Listed:
    """Grain: table."""

    dataset: str  # as LakeTable has it
    kind: str
    table: str
    version: int
    committed_at: datetime | None  # as TableVersion has it
    rows: int | None  # by the statistics of its files; None: not known


@dataclass(frozen=True, slots=True)
class Listing:
    """All tables that were looked for, in one of three places."""

    there: tuple[Listed, ...]
    absent: tuple[str, ...]  # names; none that is optional
    unreadable: tuple[str, ...]  # why, with the path


def list_tables(tables: Iterable[LakeTable], storage: LakeStorage, objects: Objects) -> Listing:
    """Raises StoreUnavailable, StoreRefused."""
    there: list[Listed] = []
    absent: list[str] = []
    unreadable: list[str] = []
    for one in tables:
        try:
            delta = open_if_there(storage, one.path)
        except LogUnreadable as problem:  # one that can't be read hides no other
            unreadable.append(str(problem))
            continue
        if delta is None:
            if not one.optional:
                absent.append(one.name)
            continue
        version = delta.version()
        at = commit_times(objects, one.path, [version]).get(version)
        there.append(Listed(one.dataset, one.kind, one.name, version, at, rows_of(delta)))
    return Listing(tuple(there), tuple(absent), tuple(unreadable))
