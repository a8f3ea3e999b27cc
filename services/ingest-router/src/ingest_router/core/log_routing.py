"""Where a log line goes: to every dataset that follows its stream, or to the dead letters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from tidelake.contracts.contract import Contract
from tidelake.contracts.envelope import DATA_SCHEMA, EVENT_ID, RECEIVED_TIME
from tidelake.contracts.instants import milliseconds_text
from tidelake.contracts.names import DEAD_LETTERS, LOGS_INBOUND
from tidelake.streams.limits import HEADROOM_BYTES
from tidelake.streams.producer import OutRecord
from tidelake.streams.values import Headers

STREAM = "stream"
"""Header by which a shipper says whose the line is."""

_OWN_HEADERS_BYTES = 4096  # most that the headers take which are added here, with Kafka's framing
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Reason(StrEnum):
    """Why a line belongs to no dataset. Dead letters carry the names, for people and programs."""

    NO_LINE = "no_line"
    NO_STREAM = "no_stream"
    UNREADABLE_STREAM = "unreadable_stream"
    UNKNOWN_STREAM = "unknown_stream"
    NO_TOPIC = "no_topic"
    TOO_LARGE = "too_large"


@dataclass(frozen=True, slots=True)
class Line:
    """One record of the inbound topic, as its shipper wrote it."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers
    timestamp_ms: int | None  # Kafka's, since 1970; None where it has none


@dataclass(frozen=True, slots=True)
class Routes:
    """What was known of the lake when it was looked at last."""

    inbound_topic_id: str  # Kafka's own, of the topic that the process began with
    by_stream: Mapping[str, Sequence[Contract]]  # the newest version of each major version that follows it
    topics: frozenset[str]  # those of them that Kafka has


@dataclass(frozen=True, slots=True)
class Routed:
    """What becomes of one line: a record for each dataset, or one dead letter."""

    records: tuple[OutRecord, ...]  # never empty
    datasets: tuple[str, ...]  # addresses; empty for a dead letter
    reason: Reason | None = None  # of a dead letter


def route(line: Line, routes: Routes, max_line_bytes: int) -> Routed:
    """Sends the line, byte for byte, to every dataset of its stream, or to the dead letters.

    Its own headers stay, behind those that are added, as of two of one name the first counts.
    """
    origin = f"{routes.inbound_topic_id}/{line.partition}/{line.offset}"
    if not _fits(line, max_line_bytes):
        return _dead_letter(_cut(line, max_line_bytes), origin, Reason.TOO_LARGE, _size(line))
    if line.value is None:
        return _dead_letter(line, origin, Reason.NO_LINE)
    named = next((value for name, value in line.headers if name == STREAM), None)
    if not named:
        return _dead_letter(line, origin, Reason.NO_STREAM)
    try:
        stream = named.decode()
    except UnicodeDecodeError:
        return _dead_letter(line, origin, Reason.UNREADABLE_STREAM)
    following = routes.by_stream.get(stream, ())
    if not following:
        return _dead_letter(line, origin, Reason.UNKNOWN_STREAM)
    there = [contract for contract in following if contract.topic in routes.topics]
    if len(there) < len(following):  # a part of its datasets would miss it for ever
        return _dead_letter(line, origin, Reason.NO_TOPIC)
    records = tuple(_record(line, origin, contract) for contract in there)
    return Routed(records, tuple(contract.address for contract in there))


def _record(line: Line, origin: str, contract: Contract) -> OutRecord:
    own: Headers = [
        ("ce_specversion", b"1.0"),
        ("ce_source", f"/topics/{LOGS_INBOUND.name}".encode()),
        ("ce_type", contract.dataset.encode()),
        (DATA_SCHEMA, f"{contract.dataset}/{contract.version}".encode()),
        ("content-type", b"text/plain"),
        (EVENT_ID, origin.encode()),
    ]
    if (received := _instant(line.timestamp_ms)) is not None:
        own.append((RECEIVED_TIME, received.encode()))
    return OutRecord(contract.topic, line.value, line.key, [*own, *line.headers])


def _dead_letter(line: Line, origin: str, reason: Reason, size: str | None = None) -> Routed:
    own: Headers = [("reason", reason.value.encode()), ("origin", origin.encode())]
    if size is not None:
        own.append(("size", size.encode()))
    record = OutRecord(DEAD_LETTERS.name, line.value, line.key, [*own, *line.headers])
    return Routed((record,), (), reason)


def _fits(line: Line, max_line_bytes: int) -> bool:
    return len(line.value or b"") <= max_line_bytes and _fit_beside(line)


def _fit_beside(line: Line) -> bool:
    """Whether key and headers have room beside a value, with those that are added."""
    return _beside(line) <= HEADROOM_BYTES - _OWN_HEADERS_BYTES


def _beside(line: Line) -> int:
    headers = sum(len(name.encode()) + len(value or b"") + 10 for name, value in line.headers)
    return len(line.key or b"") + headers


def _size(line: Line) -> str:
    return f"{len(line.value or b'')} bytes, {_beside(line)} of key and headers"


def _cut(line: Line, max_line_bytes: int) -> Line:
    """As much of it as a dead letter can hold."""
    fit = _fit_beside(line)
    return Line(
        line.partition,
        line.offset,
        line.key if fit else None,
        line.value and line.value[:max_line_bytes],
        line.headers if fit else [],
        line.timestamp_ms,
    )


def _instant(timestamp_ms: int | None) -> str | None:
    """Kafka's timestamp as the lake writes times; None for one that no calendar has."""
    if timestamp_ms is None or timestamp_ms < 0:
        return None
    try:
        return milliseconds_text(_EPOCH + timedelta(milliseconds=timestamp_ms))
    except OverflowError:
        return None
