"""The dead letters, read from their topic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from confluent_kafka import Message
from tidelake.contracts.names import DEAD_LETTERS
from tidelake.ledger.kafka_reader import read_topic
from tidelake.streams.headers import headers_of
from tidelake.streams.topics import Topics
from tidelake.streams.values import Headers


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One line that belongs to no dataset."""

    reason: str
    origin: str  # its position in the inbound topic: topic id, partition, offset
    stream: str | None  # None where the header is absent or no UTF-8
    timestamp_ms: int | None  # Kafka's time of the dead letter
    key: bytes | None
    value: bytes | None  # the line's bytes
    headers: Headers  # the router's reason, origin and, of a line that was cut, size; then the line's own


def read_dead_letters(bootstrap: str, topics: Topics) -> list[DeadLetter]:
    """All that Kafka keeps, the newest first. Raises BrokerUnavailable, ReaderStalled, UnknownTopic."""
    letters = [dead_letter(message) for message in read_topic(bootstrap, topics, DEAD_LETTERS.name)]
    letters.reverse()  # of one moment, the larger offset is the newer one
    return sorted(letters, key=lambda one: one.timestamp_ms or 0, reverse=True)


def dead_letter(message: Message) -> DeadLetter:
    """What a record of the topic says, whoever wrote it."""
    headers = headers_of(message) or []  # pyright: ignore[reportArgumentType]
    kind, timestamp_ms = message.timestamp()
    return DeadLetter(
        reason=_text(headers, "reason") or "not told",
        origin=_text(headers, "origin") or f"not told, {message.partition()}/{message.offset()} here",
        stream=_text(headers, "stream"),
        timestamp_ms=timestamp_ms if kind else None,
        key=message.key(),
        value=message.value(),
        headers=headers,
    )


def _text(headers: Sequence[tuple[str, bytes | None]], name: str) -> str | None:
    """Of a header that is there twice, the first counts."""
    value = next((value for found, value in headers if found == name), None)
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError:
        return None
