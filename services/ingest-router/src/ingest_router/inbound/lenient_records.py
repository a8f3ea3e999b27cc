"""Header names of any bytes: one that is no UTF-8 must not hold up the partition that it came in.

Kafka wants names in UTF-8, but nobody enforces it, and aiokafka 0.14.0 raises UnicodeDecodeError at such a
record, again at each start. Here its batch is read once more, with the name's wrong bytes written as `\\xff`,
as tidelake.streams.headers does. aiokafka has no place to say so: its fetcher is given other records.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from aiokafka.consumer import fetcher  # pyright: ignore[reportMissingTypeStubs]
from aiokafka.errors import CorruptRecordException  # pyright: ignore[reportMissingTypeStubs]
from aiokafka.record import default_records, memory_records  # pyright: ignore[reportMissingTypeStubs]

_NEWEST_FORMAT = 2  # the one with headers
_MAGIC_AT = 16  # of the batch: behind base offset, length and epoch


def read_leniently() -> None:
    """For all consumers of this process, from now on. May be called again."""
    fetcher.MemoryRecords = LenientRecords  # pyright: ignore[reportPrivateImportUsage]


class LenientRecords:
    """Stands in for aiokafka's MemoryRecords: what one answer of a broker holds of a partition."""

    def __init__(self, data: bytes) -> None:
        # Any: these are aiokafka's inner parts, compiled where they can be.
        self._batches: Any = memory_records.MemoryRecords(data)
        self._slices: Any = memory_records._MemoryRecordsPy(data)  # pyright: ignore[reportPrivateUsage]

    def size_in_bytes(self) -> int:
        return self._batches.size_in_bytes()

    def has_next(self) -> bool:
        return self._batches.has_next()

    def next_batch(self) -> Any:
        raw = self._slices._next_slice
        self._slices._cache_next()
        batch = self._batches.next_batch()
        return batch if batch is None or raw[_MAGIC_AT] < _NEWEST_FORMAT else _Batch(batch, bytes(raw))


class _Batch:
    """A batch of aiokafka's that is read leniently where it can't be read otherwise."""

    def __init__(self, batch: Any, raw: bytes) -> None:
        self._batch = batch
        self._raw = raw

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __iter__(self) -> Iterator[Any]:
        try:
            return iter(list(self._batch))
        except (UnicodeDecodeError, CorruptRecordException):  # the second one where it is not compiled
            return iter(_read_leniently(self._raw))


class _LenientBytes(bytearray):
    """Bytes whose every part is text."""

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return _LenientBytes(super().__getitem__(cast("slice[int, int, int]", at)))
        return super().__getitem__(cast("int", at))

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:  # noqa: ARG002
        return super().decode(encoding, "backslashreplace")


def _read_leniently(raw: bytes) -> list[Any]:
    batch: Any = default_records._DefaultRecordBatchPy(raw)  # pyright: ignore[reportPrivateUsage]
    batch._maybe_uncompress()
    batch._buffer = _LenientBytes(batch._buffer)
    return list(batch)
