"""The lake's envelope of an event: headers beside the record's own bytes.

CloudEvents 1.0, Kafka protocol binding, binary content mode. All header values are UTF-8 text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tidelake.contracts.contract import Contract
from tidelake.contracts.instants import milliseconds_text, parse_instant

Headers = list[tuple[str, bytes | None]]

EVENT_ID = "ce_id"
EVENT_TIME = "ce_time"
RECEIVED_TIME = "ce_receivedtime"
DATA_SCHEMA = "ce_dataschema"
PRODUCER = "ce_producer"


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the headers of a record say; None where a header is absent or unreadable."""

    event_id: str | None
    event_time: datetime | None
    received_at: datetime | None
    data_schema: str | None  # dataset/version
    producer: str | None


class Sealer:
    """Writes the headers of one contract's events."""

    def __init__(self, contract: Contract) -> None:
        self._fixed: Headers = [
            ("ce_specversion", b"1.0"),
            ("ce_source", f"/datasets/{contract.dataset}".encode()),
            ("ce_type", contract.dataset.encode()),
            (DATA_SCHEMA, f"{contract.dataset}/{contract.version}".encode()),
            ("content-type", b"application/json"),
        ]

    def common(self, received_at: datetime, producer: str) -> Headers:
        """What all records of one request share."""
        return [
            *self._fixed,
            (RECEIVED_TIME, milliseconds_text(received_at).encode()),
            (PRODUCER, producer.encode()),
        ]

    @staticmethod
    def seal(common: Headers, event_id: bytes, event_time: str | None) -> Headers:
        """The headers of one record: a new list."""
        headers = [*common, (EVENT_ID, event_id)]
        if event_time is not None:
            headers.append((EVENT_TIME, event_time.encode()))
        return headers


def open_envelope(headers: Sequence[tuple[str, bytes | None]] | None) -> Envelope:
    """What the headers say, whatever they hold. Of a header that is there twice, the first counts."""
    found = dict(reversed(headers or ()))
    return Envelope(
        event_id=_text(found.get(EVENT_ID)),
        event_time=_instant(found.get(EVENT_TIME)),
        received_at=_instant(found.get(RECEIVED_TIME)),
        data_schema=_text(found.get(DATA_SCHEMA)),
        producer=_text(found.get(PRODUCER)),
    )


def _text(value: bytes | None) -> str | None:
    if value is None:
        return None
    try:
        return value.decode()
    except UnicodeDecodeError:
        return None


def _instant(value: bytes | None) -> datetime | None:
    text = _text(value)
    return parse_instant(text) if text else None
