"""What names a row's event: its contract's id fields, else its sender, else where it stands.

The id of the contract's fields is the door's, byte for byte: libs/contracts/examples/golden_event_ids.jsonl.
"""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F
from tidelake.contracts.contract import Contract
from tidelake.contracts.envelope import EVENT_ID
from tidelake.contracts.event_id import MAX_EVENT_ID_BYTES
from tidelake.contracts.types import DATE, STRING, TIMESTAMP, FieldType

_ESCAPED = r'["\\\x00-\x1f]'
_SHORT = {"\\": "\\\\", '"': '\\"', "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}
_ESCAPES = {**_SHORT, **{chr(code): f"\\u{code:04x}" for code in range(32) if chr(code) not in _SHORT}}


def contract_id(contract: Contract, record: Column) -> Column:
    """The id that the fields of a typed record make; null if the contract names none, or one of them is null.

    The session's time zone must be UTC.
    """
    if not contract.id_fields:
        return F.lit(None).cast("string")
    parts = [_part(record[name], contract.field(name).type) for name in contract.id_fields]
    separated = [piece for part in parts for piece in (F.lit(","), part)][1:]
    return F.concat(F.lit("["), *separated, F.lit("]"))


def senders_id() -> Column:
    """The id in the headers: the first one counts. Null if there is none or if it is no UTF-8."""
    named = F.get(F.filter("headers", lambda header: header["key"] == EVENT_ID), F.lit(0))["value"]
    text = named.cast("string")
    return F.when(F.is_valid_utf8(text), text)


def position() -> Column:
    """Where the row stands: topic id, partition and offset."""
    return F.concat_ws("/", "topic_id", "partition", "offset")


def is_usable(event_id: Column) -> Column:
    """Whether an id has a size that the lake carries."""
    return F.octet_length(event_id).between(1, MAX_EVENT_ID_BYTES)


def json_string(text: Column) -> Column:
    """The text as JSON writes it."""
    escaped = text
    for char, escape in _ESCAPES.items():
        escaped = F.replace(escaped, F.lit(char), F.lit(escape))
    return F.concat(F.lit('"'), F.when(text.rlike(_ESCAPED), escaped).otherwise(text), F.lit('"'))


def _part(value: Column, type_: FieldType) -> Column:
    if type_ == TIMESTAMP:
        return F.concat(F.lit('"'), F.replace(value.cast("string"), F.lit(" "), F.lit("T")), F.lit('Z"'))
    if type_ == DATE:
        return F.concat(F.lit('"'), value.cast("string"), F.lit('"'))
    return json_string(value) if type_ == STRING else value.cast("string")
