"""How much of a table may be folded into one file, for a reader that holds thousands of rows at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

_ROWS_AT_ONCE = 8192
"""deltalake reads so many rows of a file at once, whatever they weigh."""
_BYTES_AT_ONCE = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class FileShape:
    """One Parquet file. `raw_bytes`: its values before compression, as its footer says."""

    size_bytes: int
    raw_bytes: int
    rows: int

    @property
    def is_heavy(self) -> bool:
        """Whether what is read of it at once may be more than memory should hold."""
        return self.raw_bytes / max(self.rows, 1) * _ROWS_AT_ONCE > _BYTES_AT_ONCE


def safe_target(target_bytes: int, files: Iterable[FileShape]) -> int:
    """The target size for folding these files, so that no file comes to hold more heavy rows than memory can.

    Files of large records that compress well are a thousand times as large in memory as on the store: by
    their size there alone, gigabytes would be read at once.
    """
    densest = max((one.raw_bytes / max(one.size_bytes, 1) for one in files if one.is_heavy), default=0.0)
    return min(target_bytes, int(_BYTES_AT_ONCE / densest)) if densest else target_bytes
