"""Which data files that a table's log names the store does not have: each is asked for, and none is read.

Asked for one by one, as a listing finds all files that ever were, and nothing removes old ones.
"""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from deltalake import DeltaTable
from tidelake.tables.delta_log import file_sizes, files_of
from tidelake.tables.errors import FilesMissing
from tidelake.tables.refusals import store_errors

_AT_ONCE = 8


def missing_files(delta: DeltaTable, path: str, wanted: Collection[str] | None = None) -> list[str]:
    """Those files (of `wanted`, or of all) that are not there, or have another size than the log says; by
    name. `path`: the table's, below the lake's root. Raises StoreUnavailable, StoreRefused."""
    sizes = file_sizes(delta)
    names = sorted(sizes if wanted is None else sizes.keys() & wanted)
    files: Any = files_of(delta)
    with store_errors("look for the files of", path), ThreadPoolExecutor(_AT_ONCE) as pool:
        try:
            # What is not there has no size.
            found = [info.size for info in pool.map(files.get_file_info, names)]
        finally:
            pool.shutdown(cancel_futures=True)  # of a store that is away, the rest is not asked for
    return [name for name, size in zip(names, found, strict=True) if size != sizes[name]]


def require_files(delta: DeltaTable, path: str) -> None:
    """Raises FilesMissing unless all data files are there, and what missing_files raises."""
    if missing := missing_files(delta, path):
        raise FilesMissing(path, missing[0], len(missing))
