"""Reads single entries of a Delta log by their version.

Not by DeltaTable.history(): in deltalake 1.6.6 it lists the newest commits of the table, also those after the
handle's version, and numbers them downwards from the handle's version, so that each gets another's version.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import islice
from typing import Any, cast

import msgspec
import pyarrow as pa
import pyarrow.fs as pafs
from deltalake import DeltaTable
from deltalake.fs import DeltaStorageHandler
from tidelake.tables.announcement import METADATA_KEY, Announcement, decode_announcement
from tidelake.tables.bronze_table import Announced
from tidelake.tables.objects import Objects

_AT_ONCE = 8
_COMMIT = re.compile(r"/_delta_log/(?P<version>[0-9]{20})\.json\Z")


class _Entry(msgspec.Struct):
    """A line of a log entry, as far as it is of interest."""

    commit_info: dict[str, msgspec.Raw] | None = msgspec.field(name="commitInfo", default=None)


def files_of(delta: DeltaTable, sizes: Mapping[str, int] | None = None) -> pafs.FileSystem:
    """The table's folder as its root. A file whose size is known need not be asked for it."""
    raw = delta._table  # pyright: ignore[reportPrivateUsage]  what to_pyarrow_dataset() gives it, too
    known = None if sizes is None else dict(sizes)
    return pafs.PyFileSystem(cast("Any", DeltaStorageHandler.from_table(raw, known_sizes=known)))


def file_sizes(delta: DeltaTable) -> dict[str, int]:
    """Bytes of each file of the version that `delta` shows, by its path below the table's."""
    actions = pa.table(delta.get_add_actions()).select(["path", "size_bytes"]).to_pydict()
    return dict(zip(actions["path"], actions["size_bytes"], strict=True))


def announced_commits(delta: DeltaTable, limit: int) -> Iterator[Announced]:
    """Announced commits among the newest `limit` versions up to the handle's, newest first, read as they are
    asked for. Ends early where the log was cleaned up."""
    for version, content in log_entries(delta, limit):
        if (announcement := _announcement_in(content)) is not None:
            yield Announced(version, announcement)


def log_entries(delta: DeltaTable, limit: int) -> Iterator[tuple[int, bytes]]:
    """The newest `limit` versions up to the handle's and what their log entries hold, newest first, read as
    they are asked for. Ends early where the log was cleaned up. Raises what deltalake's files raise."""
    files = files_of(delta)
    newest = delta.version()
    versions = iter(range(newest, max(newest - limit, -1), -1))

    def entry(version: int) -> bytes | None:
        try:
            with files.open_input_file(f"_delta_log/{version:020d}.json") as opened:
                return opened.read()
        except FileNotFoundError:
            return None

    with ThreadPoolExecutor(_AT_ONCE) as readers:
        while chunk := list(islice(versions, _AT_ONCE)):
            for version, content in zip(chunk, readers.map(entry, chunk), strict=True):
                if content is None:
                    return
                yield version, content


def commit_times(objects: Objects, path: str, versions: Iterable[int] | None = None) -> dict[int, datetime]:
    """When versions of the table at `path` were committed, by the store's clock: these, or all; without those
    whose log entry is not there. Raises StoreUnavailable, StoreRefused."""
    wanted = None if versions is None else set(versions)
    # A listing finds what begins alike.
    begin = [""] if wanted is None else [f"{ten:019d}" for ten in sorted({each // 10 for each in wanted})]
    found = {
        int(match["version"]): entry.updated
        for first in begin
        for entry in objects.list(f"{path}/_delta_log/{first}")
        if (match := _COMMIT.search(entry.path))
    }
    return found if wanted is None else {each: at for each, at in found.items() if each in wanted}


def _announcement_in(content: bytes) -> Announcement | None:
    for line in content.splitlines():
        commit_info = msgspec.json.decode(line, type=_Entry).commit_info or {}
        if METADATA_KEY in commit_info:
            return decode_announcement(msgspec.json.decode(commit_info[METADATA_KEY], type=str))
    return None
