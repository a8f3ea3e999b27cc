"""What names an event: its contract's id fields, or else its sender, or else nobody.

The id is a compact JSON array of the id fields in the contract's order: ["2013-01-01T10:00:00Z","UA",1545].
Strings are escaped as RFC 8785 does, whole numbers stand without a fraction however they were written,
decimals with all digits of their scale, instants in UTC with Z and without zeros at the end of their
fraction. examples/golden_event_ids.jsonl holds the cases that every other implementation must match.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from decimal import Context
from decimal import Decimal as Number
from json.encoder import encode_basestring
from typing import Any

from tidelake.contracts.contract import Contract
from tidelake.contracts.instants import utc_text
from tidelake.contracts.types import BOOLEAN, DATE, STRING, TIMESTAMP, Decimal, FieldType

MAX_EVENT_ID_BYTES = 1024
"""An id is Kafka's key and a header beside it, so it must stay small against max_record_bytes."""

Part = Callable[[Any], str]
_WIDE = Context(prec=40)  # the widest decimal has 38 digits


def id_writer(contract: Contract) -> Callable[[Mapping[str, Any]], str] | None:
    """Writes the event id of a record that the door took; None if the contract names no id fields."""
    parts = [(name, _part(contract.field(name).type)) for name in contract.id_fields]
    if not parts:
        return None

    def write(record: Mapping[str, Any]) -> str:
        return f"[{','.join([part(record[name]) for name, part in parts])}]"

    return write


def new_event_id() -> str:
    """A UUIDv7: an id for an event that nobody named. The same record sent again gets another one."""
    return uuid7(time.time_ns() // 1_000_000, secrets.randbits(74))


def uuid7(milliseconds: int, random: int) -> str:
    """UUIDv7 of a time since 1970 and 74 random bits. Source: RFC 9562, 5.7."""
    bits = (milliseconds & (1 << 48) - 1) << 80 | 7 << 76 | (random >> 62 & 0xFFF) << 64
    bits |= 2 << 62 | random & (1 << 62) - 1
    digits = f"{bits:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _part(type_: FieldType) -> Part:
    if type_ == TIMESTAMP:
        return lambda value: f'"{utc_text(value)}"'
    if type_ == BOOLEAN:
        return lambda value: "true" if value else "false"
    if isinstance(type_, Decimal):
        scale = Number(1).scaleb(-type_.scale)
        return lambda value: f"{Number(value).quantize(scale, context=_WIDE):f}"
    return encode_basestring if type_ in (STRING, DATE) else str
