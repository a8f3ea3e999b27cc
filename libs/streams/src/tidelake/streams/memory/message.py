"""A record in memory, with the methods of confluent_kafka.Message."""

from dataclasses import dataclass

from tidelake.streams.values import TIMESTAMP_CREATE_TIME, Headers, TopicPartition

RawHeaders = tuple[tuple[bytes, bytes | None], ...]
"""Names as bytes, because nobody stops a producer from writing names that are not UTF-8."""


@dataclass(frozen=True, slots=True)
class Record:
    """What a producer wrote."""

    value: bytes | None
    key: bytes | None
    headers: RawHeaders
    timestamp_ms: int

    @property
    def size(self) -> int:
        """Bytes of key, value and headers."""
        headers = sum(len(name) + len(value or b"") for name, value in self.headers)
        return len(self.value or b"") + len(self.key or b"") + headers


class MemoryMessage:
    """One record as consumed."""

    __slots__ = ("_offset", "_partition", "_record")

    def __init__(self, partition: TopicPartition, offset: int, record: Record) -> None:
        self._partition = partition
        self._offset = offset
        self._record = record

    def topic(self) -> str:
        return self._partition.topic

    def partition(self) -> int:
        return self._partition.partition

    def offset(self) -> int:
        return self._offset

    def key(self) -> bytes | None:
        return self._record.key

    def value(self) -> bytes | None:
        return self._record.value

    def headers(self) -> Headers | None:
        """As `headers_of` gives them, which is how they are read."""
        named = [(name.decode("utf-8", "backslashreplace"), value) for name, value in self._record.headers]
        return named or None

    def timestamp(self) -> tuple[int, int]:
        return TIMESTAMP_CREATE_TIME, self._record.timestamp_ms

    def __repr__(self) -> str:
        return f"MemoryMessage({self._partition}@{self._offset})"
