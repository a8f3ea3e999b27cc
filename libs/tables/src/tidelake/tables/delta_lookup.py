"""Few rows of a Delta table by their keys, without an engine: files by the log's statistics, then rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import reduce
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute
import pyarrow.dataset
from deltalake import DeltaTable
from tidelake.tables.delta_log import files_of

Between = Mapping[str, tuple[Any, Any]]
"""By column: the least and the greatest value, both included."""

# What their type stubs say of these is known in part only.
pc: Any = pyarrow.compute
ds: Any = pyarrow.dataset

# Spark writes old-fashioned timestamps unless told otherwise, and they have no zone and no unit of their own.
_FORMAT = ds.ParquetFileFormat(read_options=ds.ParquetReadOptions(coerce_int96_timestamp_unit="us"))
STATISTICS_UNIT = timedelta(milliseconds=1)
"""Delta's statistics may cut timestamps to it."""
_FILE = "__filename"


def arrow_schema(delta: DeltaTable) -> pa.Schema:
    """The table's columns as Arrow types."""
    return pa.schema(cast("Any", delta.schema().to_arrow()))


def rows_with(
    delta: DeltaTable, key: str, keys: pa.Array[Any], between: Between, columns: Sequence[str] | None = None
) -> pa.Table:
    """The rows whose `key` is one of `keys` and whose other columns lie `between`: these columns, or all.

    Only the key and those columns are read of files that may have such rows, and the rest of files that do.
    Raises what pyarrow raises.
    """
    schema: Any = arrow_schema(delta)
    names = list(columns or schema.names)
    nothing = schema.empty_table().select(names)
    if not len(keys):
        return nothing
    ends: dict[str, Any] = pc.min_max(keys).as_py()
    sizes = _files(delta, {key: (ends["min"], ends["max"]), **between})
    type_ = _compared_as(schema.field(key).type)
    wanted = ds.field(key).cast(type_).isin(pc.cast(keys, type_))
    for name, (low, high) in between.items():
        wanted &= (ds.field(name) >= low) & (ds.field(name) <= high)
    found = dataset_of(delta, sizes, schema).to_table(columns=[_FILE], filter=wanted)
    having: set[str] = set(found[_FILE].unique().to_pylist())
    if not having:
        return nothing
    sizes = {path: size for path, size in sizes.items() if path in having}
    return dataset_of(delta, sizes, schema).to_table(columns=names, filter=wanted)


def _files(delta: DeltaTable, between: Between) -> Mapping[str, int]:
    """Those whose statistics don't exclude a row with all of these: their sizes in bytes, by path."""
    actions = pa.table(delta.get_add_actions(flatten=True))
    may = [_may_have(actions, name, low, high) for name, (low, high) in between.items()]
    files = actions.select(["path", "size_bytes"]).filter(reduce(pc.and_, may))
    return {file["path"]: file["size_bytes"] for file in files.to_pylist()}


def _may_have(actions: pa.Table, column: str, low: Any, high: Any) -> Any:
    names = f"min.{column}", f"max.{column}"
    if not set(names) <= set(actions.column_names):
        return pa.array([True] * len(actions))
    least, greatest = cast("Any", [actions[name] for name in names])
    if pa.types.is_timestamp(least.type):
        low -= STATISTICS_UNIT
    overlap = pc.and_(
        pc.less_equal(least, pa.scalar(high, least.type)),
        pc.greater_equal(greatest, pa.scalar(low, greatest.type)),
    )
    return pc.fill_null(overlap, True)  # a file without statistics may have anything


def _compared_as(type_: Any) -> Any:
    """Files that deltalake's MERGE wrote say that their texts are views. pyarrow reads them as the table has
    them, but fails to compare the ends of their row groups with a text: so it is not given one."""
    return pa.large_string() if pa.types.is_string(type_) else type_


def dataset_of(delta: DeltaTable, sizes: Mapping[str, int], schema: pa.Schema) -> Any:
    """A pyarrow dataset of these files alone: their sizes in bytes, by path."""
    files = files_of(delta, sizes)
    fragments = [_FORMAT.make_fragment(path, filesystem=files) for path in sizes]
    return ds.FileSystemDataset(fragments, schema, _FORMAT, files)
