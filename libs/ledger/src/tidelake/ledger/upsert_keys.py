"""How many keys silver of an upsert dataset must have by its outcomes, and how many rows it has.

A key that a change was applied to has a row in silver for ever, deleted or not, and silver is committed
before its outcomes. So silver that was opened after them has at least as many rows as they have such keys.
"""

from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.dataset
from deltalake import DeltaTable
from numpy.typing import NDArray
from tidelake.tables.delta_log import file_sizes, files_of

# What their type stubs say is known in part only.
ds: Any = pyarrow.dataset
pc: Any = pyarrow.compute

APPLIED = ("inserted", "updated", "deleted")
"""Outcomes of changes that silver took."""
_AT_ONCE = 10_000
"""Keys that are text in memory."""

_Keys = NDArray[np.int64]
_NO_KEYS: _Keys = np.empty(0, dtype=np.int64)


class AppliedKeys:
    """The keys in the outcomes of one dataset, eight bytes each: each file is read once. For one thread."""

    def __init__(self) -> None:
        self._known: dict[str, _Keys] = {}
        self._all = _NO_KEYS

    def forget(self) -> None:
        """Everything is read anew next time."""
        self._known, self._all = {}, _NO_KEYS

    def count(self, outcomes: DeltaTable) -> int:
        """Distinct keys of the version that `outcomes` shows. Raises what pyarrow and deltalake raise."""
        sizes = file_sizes(outcomes)
        known = {path: keys for path, keys in self._known.items() if path in sizes}
        new = {path: size for path, size in sizes.items() if path not in known}
        before = [self._all] if len(known) == len(self._known) else list(known.values())
        files = files_of(outcomes, new) if new else None
        known |= {path: _keys_in(path, files) for path in new}
        if new or len(before) != 1 or before[0] is not self._all:
            self._all = np.unique(np.concatenate([_NO_KEYS, *before, *(known[path] for path in new)]))
        self._known = known
        return len(self._all)


def rows_of(table: DeltaTable) -> int:
    """Rows of the version that `table` shows, by its log, where that says how many a file has. Raises what
    pyarrow and deltalake raise."""
    actions = pa.table(table.get_add_actions()).select(["path", "size_bytes", "num_records"]).to_pydict()
    told = zip(actions["path"], actions["size_bytes"], actions["num_records"], strict=True)
    rows, silent = 0, dict[str, int]()
    for path, size, records in told:
        rows += records or 0
        if records is None:
            silent[path] = size
    files = files_of(table, silent) if silent else None
    return rows + sum(ds.dataset(path, format="parquet", filesystem=files).count_rows() for path in silent)


def _keys_in(path: str, files: Any) -> _Keys:
    found: list[_Keys] = [_NO_KEYS]
    rows = ds.dataset(path, format="parquet", filesystem=files)
    for batch in rows.to_batches(columns=["event_id", "outcome"], batch_size=_AT_ONCE):
        # Not as the scan's own filter: pyarrow has none for the texts of files that deltalake wrote anew.
        outcomes, ids = (batch.column(name).cast(pa.string()) for name in ("outcome", "event_id"))
        keys = cast("list[str | None]", ids.filter(pc.is_in(outcomes, pa.array(APPLIED))).to_pylist())
        found.append(np.array([hash(key) for key in set(keys)], dtype=np.int64))
    return np.unique(np.concatenate(found))
