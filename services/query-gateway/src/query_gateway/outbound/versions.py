"""Versions of the lake's tables, from their Delta logs."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

import structlog
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError
from tidelake.tables.bronze_table import TableMissing
from tidelake.tables.delta_log import commit_times
from tidelake.tables.objects import Objects
from tidelake.tables.refusals import store_errors
from tidelake.tables.storage import LakeStorage

from query_gateway.core import refusals
from query_gateway.core.as_of import AsOf

log = structlog.get_logger()

_THREADS = 8


@dataclass(slots=True)
class _Handle:
    """Of one table, kept from question to question: it reads only what was added to the log since."""

    lock: Lock = field(default_factory=Lock)
    table: DeltaTable | None = None


class TableVersions:
    """Asks the store. Any thread may ask."""

    def __init__(self, storage: LakeStorage, objects: Objects) -> None:
        self._storage = storage
        self._objects = objects
        self._handles: dict[str, _Handle] = {}
        # Its own: a store that hangs here must not keep keys and contracts from being read.
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="versions")

    async def resolve(self, tables: dict[str, str], as_of: AsOf) -> dict[str, int | None]:
        """Version by name of each table (`tables`: path by name); None for a table that is not there.

        Raises QuestionRefused for a version that is not there; StoreUnavailable, StoreRefused.
        """
        loop = asyncio.get_running_loop()
        found = await asyncio.gather(
            *(
                loop.run_in_executor(self._threads, self._resolve, name, path, as_of)
                for name, path in tables.items()
            )
        )
        return dict(zip(tables, found, strict=True))

    def forget(self, path: str) -> None:
        """Reads the log anew from its start at the next question: the table may have been made again."""
        self._handles.pop(path, None)

    def _resolve(self, name: str, path: str, as_of: AsOf) -> int | None:
        try:
            if as_of.time is not None:
                return self._at_time(name, path, as_of.time)
            if as_of.versions and name in as_of.versions:
                return self._exactly(name, path, as_of.versions[name])
            return self._newest(path)
        except TableMissing:
            self.forget(path)
            return None

    def _newest(self, path: str) -> int:
        handle = self._handles.setdefault(path, _Handle())
        with handle.lock, store_errors("read the version of", path):
            if handle.table is None:
                handle.table = self._open(path)
            else:
                handle.table.update_incremental()
            return handle.table.version()

    def _exactly(self, name: str, path: str, version: int) -> int:
        newest = self._newest(path)
        if version > newest:
            raise refusals.unknown_version(name, str(version), f"its newest is {newest}")
        if version < newest:
            with store_errors("read an earlier version of", path):
                try:
                    self._open(path, version)
                except DeltaError as error:
                    log.info("version_gone", table=name, version=version, message=str(error))
                    raise refusals.unknown_version(name, str(version), "it was cleaned up") from error
        return version

    def _at_time(self, name: str, path: str, time: datetime) -> int | None:
        """By the store's clock. (deltalake answers with the first version for times before it.)"""
        commits = commit_times(self._objects, path)
        if not commits:
            return None
        wanted = f"of {time.isoformat()}"
        by_then = [version for version, updated in commits.items() if updated <= time]
        if not by_then:
            first = min(commits.values()).isoformat(timespec="milliseconds")
            raise refusals.unknown_version(name, wanted, f"its first is of {first}")
        version = max(by_then)
        return self._exactly(name, path, version)

    def _open(self, path: str, version: int | None = None) -> DeltaTable:
        return DeltaTable(self._storage.uri(path), version, storage_options=self._storage.delta_options())
