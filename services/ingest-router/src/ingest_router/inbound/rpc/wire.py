"""Serialised messages, looked at without making an object of anything in them.

A record costs two bytes on the wire and hundreds as an object, so that what a message holds is counted first.
Source: protobuf.dev/programming-guides/encoding.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_MAX_VARINT_BYTES = 10
# Fields of a batch or its envelope that are no records. There are two; newer senders may have some more.
_MAX_OTHER_FIELDS = 100
_BATCH, _BATCH_ID, _RECORDS = 1, 2, 2  # numbers in contract/ingest.proto

_RECORD_BEGINS = (b"\x12", b"\x92")  # their tag, and that as a number written longer than need be

Span = tuple[int, int]
"""Where something stands: first byte, and the one behind the last."""


class BrokenMessage(ValueError):
    """Not what protobuf writes, or nothing that a generated sender would send."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A PublishStreamRequest. Protobuf joins several batches in one message to one batch."""

    batches: tuple[Span, ...]
    batch_id: str


def open_envelope(message: bytes) -> Envelope:
    """Finds the batch and its id. Raises BrokenMessage."""
    batches: list[Span] = []
    batch_id = ""
    for seen, (number, (start, end)) in enumerate(_fields(message, (0, len(message)))):
        if seen == _MAX_OTHER_FIELDS:
            raise BrokenMessage(f"it has more than {_MAX_OTHER_FIELDS} fields beside its batch")
        if number == _BATCH:
            batches.append((start, end))
        elif number == _BATCH_ID:
            batch_id = message[start:end].decode(errors="replace")
    return Envelope(tuple(batches), batch_id)


def more_records_than(limit: int, message: bytes, batches: Sequence[Span]) -> bool:
    """Whether the batches (each a PublishRequest) hold more than `limit` records together. Looks no further
    than that. Raises BrokenMessage where it has to look closely."""
    # Each record has this byte before it, so that most batches need no walk of milliseconds.
    if sum(message.count(begin, *batch) for batch in batches for begin in _RECORD_BEGINS) <= limit:
        return False
    records = others = 0
    for batch in batches:
        for number, _ in _fields(message, batch):
            if number == _RECORDS:
                records += 1
                if records > limit:
                    return True
            else:
                others += 1
                if others > _MAX_OTHER_FIELDS:
                    raise BrokenMessage(f"it has more than {_MAX_OTHER_FIELDS} fields beside its records")
    return False


def _fields(message: bytes, within: Span) -> Iterator[tuple[int, Span]]:
    """Number and content of each field, in order."""
    at, end = within
    while at < end:
        tag, at = _varint(message, at, end)
        kind = tag & 7
        start = at
        if kind == _BYTES:
            size, start = _varint(message, at, end)
            at = start + size
        elif kind == _VARINT:
            _, at = _varint(message, at, end)
        elif kind == _FIXED64:
            at += 8
        elif kind == _FIXED32:
            at += 4
        else:
            raise BrokenMessage(f"byte {start - 1} begins a field of wire type {kind}")
        if at > end:
            raise BrokenMessage("it ends in the middle of a field")
        yield tag >> 3, (start, at)


def _varint(message: bytes, at: int, end: int) -> tuple[int, int]:
    """The number that begins there, and where it ends."""
    if at < end and message[at] < 0x80:
        return message[at], at + 1
    value = 0
    for place in range(min(_MAX_VARINT_BYTES, end - at)):
        byte = message[at + place]
        value |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return value, at + place + 1
    raise BrokenMessage(
        "it ends in the middle of a field" if end - at < _MAX_VARINT_BYTES else "no number ends"
    )
