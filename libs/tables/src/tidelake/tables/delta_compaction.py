"""Folds small files of a Delta table by deltalake, whoever wrote them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from deltalake import DeltaTable, WriterProperties
from pyarrow import parquet
from tidelake.tables.bronze_table import Compacted
from tidelake.tables.compaction import FileShape, safe_target
from tidelake.tables.delta_log import file_sizes
from tidelake.tables.refusals import commit_error, file_missing, store_errors


def compact_files(delta: DeltaTable, path: str, target_bytes: int, writing: WriterProperties) -> Compacted:
    """See BronzeTable.compact. `path` is what errors call the table. Raises CommitFailed, FilesMissing,
    StoreUnavailable, StoreRefused."""
    with store_errors("read the files of", path):
        target = safe_target(target_bytes, _shapes(delta, target_bytes))
    try:
        done = delta.optimize.compact(target_size=target, max_concurrent_tasks=1, writer_properties=writing)
    except Exception as cause:  # deltalake raises anything here
        raise file_missing(path, cause) or commit_error(path, cause) from cause
    return Compacted(done["numFilesRemoved"], done["numFilesAdded"])


def files_below(delta: DeltaTable, size: int) -> int:
    """How many of the table's files are smaller than `size` bytes."""
    return sum(each < size for each in file_sizes(delta).values())


def _shapes(delta: DeltaTable, below: int) -> Iterator[FileShape]:
    """The files smaller than that, by their footers."""
    untyped, read_footer = cast("Any", delta), cast("Any", parquet).read_metadata
    store = untyped.to_pyarrow_dataset().filesystem
    for path, size in file_sizes(delta).items():
        if size < below:
            footer = read_footer(path, filesystem=store)
            groups = (footer.row_group(number) for number in range(footer.num_row_groups))
            yield FileShape(size, sum(group.total_byte_size for group in groups), footer.num_rows)
