"""A record as it stands in Kafka and must stand in bronze: where, and every byte of it."""

from dataclasses import dataclass

HeaderFields = tuple[tuple[str, bytes | None], ...]


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Names one record for ever, also when its topic is made anew."""

    topic_id: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Content:
    """What bronze keeps of a record. `headers` is in order, with repeats; None where they can't be told."""

    key: bytes | None
    value: bytes | None
    headers: HeaderFields | None
    timestamp_ms: int
