"""A row whose value is a change of a table's row, in Debezium's envelope.

What is read of it: `op`, the source's position and time, and the row after the change; of a delete the key,
as nothing else of the row is surely there. Source: Debezium's documentation, PostgreSQL connector, data
change events.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import md5
from uuid import UUID

from pyspark.sql import Column
from pyspark.sql import functions as F
from tidelake.contracts.contract import Contract

from silver_processor.core.brokenness import BROKEN_TYPE, broken_rule, nothing_broken
from silver_processor.core.conditions import surely
from silver_processor.core.records import (
    FOUND,
    TEXT,
    VARIANT,
    fields_in,
    told_of_json,
    value_text,
)
from silver_processor.core.spelt_by_debezium import as_at_the_door
from silver_processor.core.strict_json import RECORD, deserves_a_look, is_whole, parsed

READ, CREATED, UPDATED, DELETED = "r", "c", "u", "d"
"""What `op` says: a row of a snapshot, and what was done to a row."""
TRUNCATED, MESSAGE = "t", "m"

_UNAVAILABLE = b"__debezium_unavailable_value"
_KEY, _ENVELOPE, _RAW, _EXCUSED = (f"judging_{step}" for step in ("key", "envelope", "raw", "excused"))
_ENVELOPE_TYPE = (
    "struct<op:string,ts_ms:bigint,"
    "source:struct<lsn:bigint,txId:bigint,ts_us:bigint,schema:string,table:string>>"
)
_NO_CHANGE = "nothing: it is no change of a row"
_ROOT = r"^[^.\[]*"


def _placeholders() -> tuple[str, ...]:
    """What stands in the place of a value that PostgreSQL did not send, as it did not change: by the type of
    the column. Source: Debezium, UnchangedToastedPlaceholder."""
    text = _UNAVAILABLE.decode()
    encoded = "X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ=="
    uuid = UUID(bytes=md5(_UNAVAILABLE, usedforsecurity=False).digest(), version=3)
    numbers = ",".join(str(byte) for byte in _UNAVAILABLE)
    hstore = f'{{"{text}":"{text}"}}'
    return f'"{text}"', f'"{encoded}"', f'["{text}"]', f'["{encoded}"]', f"[{numbers}]", f'["{uuid}"]', hstore


PLACEHOLDERS = _placeholders()
_TRACES = (
    "debezium_unavailable",
    "X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ",
    "[95,95,100,101,98,",
    PLACEHOLDERS[5],
)


class ChangeReader:
    """The value is an envelope."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self.steps: Sequence[Mapping[str, Column]] = (
            {TEXT: value_text(), VARIANT: parsed(value_text()), _KEY: parsed(F.col("key").cast("string"))},
            {_ENVELOPE: F.when(is_whole(F.col(VARIANT)), _read(F.col(VARIANT), RECORD, _ENVELOPE_TYPE))},
            {_RAW: self._raw()},
            {_EXCUSED: self._excused()},
            {FOUND: self._found()},
        )
        source = F.col(_ENVELOPE)["source"]
        self.answers: Mapping[str, Column] = {
            "op": F.col(_ENVELOPE)["op"],
            "lsn": source["lsn"],
            "tx_id": source["txId"],
            "changed_at": F.timestamp_micros(source["ts_us"]),
            "left_out": F.when(
                surely(F.col(_ENVELOPE)["op"] != DELETED) & F.col(_RAW).isNotNull(), F.col(_EXCUSED)
            ).otherwise(F.array().cast("array<string>")),
        }

    @property
    def document(self) -> Column:
        """See Reader.document. Of a row that is ignored the reason."""
        text, envelope = F.col(TEXT), F.col(_ENVELOPE)
        op, lsn = envelope["op"], envelope["source"]["lsn"]
        is_sound = F.col(_RAW).isNotNull() & lsn.isNotNull()
        return (
            F.when(surely(is_sound & ~deserves_a_look(text)), nothing_broken())
            .when(text.isNull(), _told("tombstone", "no value", "nothing: it tells Kafka alone of a delete"))
            .when(surely(op == TRUNCATED), self._truncated())
            .when(surely(op == MESSAGE), _told("message", "a message", "nothing: it is no change of a row"))
            .when(
                self._is_heartbeat(), _told("heartbeat", "a heartbeat", "nothing: it is no change of a row")
            )
            .when(F.size(self._json()) > 0, self._json())
            .when(is_sound, nothing_broken())
            .when(op.isNull(), _told("envelope", "absent", "an envelope of Debezium's", "op"))
            .when(~op.isin(READ, CREATED, UPDATED, DELETED), _told("envelope", op, "r, c, u or d", "op"))
            .when(lsn.isNull(), _told("envelope", "absent", "the position in PostgreSQL's log", "source.lsn"))
            .when(op == DELETED, _told("envelope", "absent", "the row's key, as an object", "key"))
            .otherwise(_told("envelope", "absent", "the row after the change", "after"))
        )

    @property
    def ignored(self) -> Column:
        """See Reader.ignored: a tombstone, a truncate, a message or a heartbeat."""
        is_marker = surely(F.col(_ENVELOPE)["op"].isin(TRUNCATED, MESSAGE)) | self._is_heartbeat()
        return F.col(TEXT).isNull() | is_marker

    def unless_excused(self, field: str, fine: Column) -> Column:
        """See Reader.unless_excused: of a delete the key alone is asked, else all that was not left out."""
        return fine | F.array_contains(_EXCUSED, field)

    def counted(self, broken: Column) -> Column:
        """See Reader.counted."""
        excused = F.col(_EXCUSED)
        return F.filter(
            broken, lambda entry: ~F.array_contains(excused, F.regexp_extract(entry["field"], _ROOT, 0))
        )

    def _raw(self) -> Column:
        op = F.col(_ENVELOPE)["op"]
        after = fields_in(self._contract, F.col(VARIANT), f"{RECORD}.after")
        key = fields_in(self._contract, F.when(is_whole(F.col(_KEY)), F.col(_KEY)), RECORD)
        return F.when(op.isin(READ, CREATED, UPDATED), after).when(op == DELETED, key)

    def _excused(self) -> Column:
        contract, raw, text = self._contract, F.col(_RAW), F.col(TEXT)
        op = F.col(_ENVELOPE)["op"]
        others = [field.name for field in contract.fields if field.name not in contract.id_fields]
        left_out = [F.when(F.to_json(raw[name]).isin(*PLACEHOLDERS), F.lit(name)) for name in others]
        has_left_out = F.lit(False)
        for trace in _TRACES:
            has_left_out |= text.contains(trace)
        names = F.array(*map(F.lit, others)).cast("array<string>")
        absent = F.array_compact(F.array(*left_out)).cast("array<string>")
        return (
            F.when(surely(op == DELETED), names)
            .when(surely(op.isin(READ, CREATED, UPDATED) & has_left_out), absent)
            .otherwise(F.array().cast("array<string>"))
        )

    def _found(self) -> Column:
        """The record as the door would have it, without what was left out."""
        raw = F.col(_RAW)
        fields = [
            F.when(
                ~F.array_contains(_EXCUSED, field.name), as_at_the_door(field.type, raw[field.name])
            ).alias(field.name)
            for field in self._contract.fields
        ]
        return F.when(raw.isNotNull(), F.struct(*fields))

    def _json(self) -> Column:
        return told_of_json(self._contract, is_object=F.col(_ENVELOPE).isNotNull())

    def _is_heartbeat(self) -> Column:
        envelope = F.col(_ENVELOPE)
        return surely(envelope["op"].isNull() & envelope["source"].isNull() & envelope["ts_ms"].isNotNull())

    def _truncated(self) -> Column:
        source = F.col(_ENVELOPE)["source"]
        table = F.concat_ws(".", source["schema"], source["table"])
        return _told("truncate", table, "a new snapshot: silver still has what the table had")


def _told(rule: str, seen: Column | str, expected: str, field: str = "") -> Column:
    value = F.lit(seen) if isinstance(seen, str) else seen
    return F.array(broken_rule(F.lit(field), F.lit(rule), value, F.lit(expected))).cast(BROKEN_TYPE)


def _read(variant: Column, path: str, type_: str) -> Column:
    return F.try_variant_get(variant, path, type_)
