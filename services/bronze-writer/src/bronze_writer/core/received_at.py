"""When the door took each record, out of its headers: a whole batch at a time."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# (pyarrow's own stubs leave the types of most results open)

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute

pc: Any = pyarrow.compute

HEADER = "ce_receivedtime"
MILLISECONDS = pa.timestamp("ms", "UTC")
TIME = pa.timestamp("us", "UTC")
_USUAL = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$"


def received_at(headers: pa.ListArray[Any]) -> pa.Array[Any]:
    """One time per record (whole milliseconds), null where the header is absent or can't be read.

    The first such header of a record counts. Never raises: headers are written by anyone.
    """
    items: Any = headers.flatten()
    found = pc.equal(items.field(0), HEADER)
    rows: list[int] = pc.list_parent_indices(headers).filter(found).to_pylist()
    values: Any = items.field(1).filter(found)
    if rows == list(range(len(headers))):
        return _times(values)
    first: dict[int, int] = {}
    for index, row in enumerate(rows):
        first.setdefault(row, index)
    return _times(values).take(pa.array([first.get(row) for row in range(len(headers))], pa.int64()))


def _times(values: pa.Array[Any]) -> pa.Array[Any]:
    try:
        texts = values.cast(pa.string())
        if pc.all(pc.match_substring_regex(texts, _USUAL)).as_py() is not False and not values.null_count:
            return _whole_milliseconds(texts.cast(TIME))
    except pa.ArrowInvalid:
        pass  # one of them is no UTF-8, or no time of any calendar: each is looked at alone
    return _whole_milliseconds(pa.array([_time(value) for value in values.to_pylist()], TIME))


def _whole_milliseconds(times: pa.Array[Any]) -> pa.Array[Any]:
    return times.cast(MILLISECONDS, safe=False).cast(TIME)


def _time(value: bytes | None) -> datetime | None:
    try:
        time = datetime.fromisoformat((value or b"").decode("ascii"))
        return time.astimezone(UTC) if time.tzinfo else None
    except (ValueError, OverflowError):
        return None
