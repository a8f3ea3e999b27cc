"""Rows of Trino's JSON as Arrow, typed.

Arrow has no twin for every type of Trino's: intervals, json, uuid, times with a zone and the like stay texts,
as Trino writes them. A timestamp with time zone becomes the instant, in UTC.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, cast
from zoneinfo import ZoneInfo

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from query_gateway.core.columns import Column, Row

QUERY_ID, VERSIONS, TYPE = b"tidelake.query_id", b"tidelake.versions", b"trino.type"
ROWS, CUT = b"tidelake.rows", b"tidelake.cut"
"""Metadata of the last batch, which has no rows: how many rows there were, and whether max_rows cut them."""

Signature = Mapping[str, Any]
Convert = Callable[[Any], Any]

_PLAIN: Mapping[str, pa.DataType] = {
    "boolean": pa.bool_(),
    "tinyint": pa.int8(),
    "smallint": pa.int16(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "real": pa.float32(),
    "double": pa.float64(),
    "varchar": pa.string(),
    "char": pa.string(),
    "varbinary": pa.binary(),
    "date": pa.date32(),
    "unknown": pa.null(),
}
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - beside others without a zone
_ZONED = "timestamp with time zone"
# Their stubs know literal units and expressions only.
_timestamp: Callable[[str, str | None], pa.DataType] = cast("Any", pa).timestamp
_assume_timezone: Callable[[Any, str], Any] = cast("Any", pc).assume_timezone


def arrow_schema(columns: Sequence[Column], metadata: Mapping[bytes, bytes]) -> pa.Schema:
    """Each field says Trino's own type in its metadata."""
    fields = [
        pa.field(column.name, arrow_type(column.signature), metadata={TYPE: column.type.encode()})
        for column in columns
    ]
    return pa.schema(fields, metadata=cast("Any", metadata))


def arrow_batch(schema: pa.Schema, columns: Sequence[Column], rows: Sequence[Row]) -> pa.RecordBatch:
    """All values of these rows."""
    fields: list[Any] = list(cast("Any", schema))
    arrays = [
        _array(column.signature, field.type, [row[nth] for row in rows])
        for nth, (column, field) in enumerate(zip(columns, fields, strict=True))
    ]
    return cast("Any", pa.RecordBatch).from_arrays(arrays, schema=schema)


def arrow_type(signature: Signature) -> pa.DataType:
    """Of one type of Trino's."""
    raw, arguments = _parts(signature)
    if raw in _PLAIN:
        return _PLAIN[raw]
    if _is_told_as_json(raw, arguments):
        return pa.string()
    if raw == "decimal":
        return pa.decimal128(arguments[0], arguments[1])
    if raw in ("timestamp", _ZONED):
        zone = "UTC" if raw == _ZONED else None
        return _timestamp(_unit(arguments[0]), zone)
    if raw == "array":
        return pa.list_(arrow_type(arguments[0]))
    if raw == "map":
        return pa.map_(arrow_type(arguments[0]), arrow_type(arguments[1]))
    if raw == "row":
        return pa.struct([pa.field(name, arrow_type(part)) for name, part in _row_parts(arguments)])
    return pa.string()


def _is_told_as_json(raw: str, arguments: Sequence[Any]) -> bool:
    """Rows with two parts of one name, of which pyarrow would give both the value of one; and maps whose keys
    are nested or unknown, which are texts in Trino's JSON already."""
    if raw == "map":
        return _parts(arguments[0])[0] in ("array", "map", "row", "unknown")
    names = [name for name, _ in _row_parts(arguments)] if raw == "row" else []
    return len(set(names)) < len(names)


def _array(signature: Signature, type_: pa.DataType, values: list[Any]) -> Any:
    raw, _ = _parts(signature)
    if raw == _ZONED and all(value is None or value.endswith(" UTC") for value in values):
        # The lake's own times: many at once.
        texts = pa.array(values, pa.string())
        longest = len("2013-01-01 10:00:00.123456789")  # finer digits are left out
        shortened = pc.utf8_slice_codeunits(pc.utf8_slice_codeunits(texts, 0, -4), 0, longest)
        unit = cast("Any", type_).unit
        return _assume_timezone(shortened.cast(_timestamp(unit, None)), "UTC")
    convert = _converter(signature)
    if convert is not None:
        values = [None if value is None else convert(value) for value in values]
    return pa.array(values, type_)


def _converter(signature: Signature) -> Convert | None:
    """From Trino's JSON to what pyarrow takes for the type; None: as it is."""
    raw, arguments = _parts(signature)
    if _is_told_as_json(raw, arguments):
        return lambda value: orjson.dumps(value).decode()
    if raw in ("real", "double"):
        return float  # NaN and Infinity are texts
    if raw == "decimal":
        return Decimal
    if raw == "varbinary":
        return base64.b64decode
    if raw == "date":
        return lambda text: datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a date
    if raw == "timestamp":
        return lambda text: _ticks(text, _unit(arguments[0]))
    if raw == _ZONED:
        return lambda text: _zoned_ticks(text, _unit(arguments[0]))
    if raw == "array":
        inner = _converter(arguments[0])
        return inner and (lambda items: [_or_none(inner, item) for item in items])
    if raw == "map":
        key, value = _map_key(arguments[0]), _converter(arguments[1])
        return lambda entries: [(key(name), _or_none(value, item)) for name, item in entries.items()]
    if raw == "row":
        parts = [(name, _converter(part)) for name, part in _row_parts(arguments)]
        return lambda items: {
            name: _or_none(inner, item) for (name, inner), item in zip(parts, items, strict=True)
        }
    return None if raw in _PLAIN else _text


def _or_none(convert: Convert | None, value: Any) -> Any:
    return value if convert is None or value is None else convert(value)


def _map_key(signature: Signature) -> Convert:
    """Keys are texts in JSON, whatever they are."""
    raw, _ = _parts(signature)
    if raw in ("tinyint", "smallint", "integer", "bigint"):
        return int
    if raw == "boolean":
        return lambda text: text == "true"
    return _converter(signature) or (lambda text: text)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value)


def _unit(precision: int) -> str:
    return {0: "s", 3: "ms", 6: "us"}.get(
        precision, "ms" if precision < 3 else "us" if precision < 6 else "ns"
    )


_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def _ticks(text: str, unit: str) -> int:
    """2013-01-01 10:00:00.123 in units since 1970. Digits finer than a nanosecond are left out."""
    whole, _, fraction = text.partition(".")
    span = datetime.strptime(whole, "%Y-%m-%d %H:%M:%S") - _EPOCH  # noqa: DTZ007
    per_second = _PER_SECOND[unit]
    digits = len(str(per_second)) - 1
    return (span.days * 86400 + span.seconds) * per_second + int(fraction[:digits].ljust(digits, "0") or 0)


def _zoned_ticks(text: str, unit: str) -> int:
    local, _, zone = text.rpartition(" ")
    whole, _, fraction = local.partition(".")
    moment = datetime.strptime(whole, "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 - the zone comes next
    if zone[:1] in "+-":
        moment = datetime.fromisoformat(f"{whole}{zone}")
    else:
        moment = moment.replace(tzinfo=ZoneInfo(zone))
        if moment.utcoffset() != moment.replace(fold=1).utcoffset():
            raise ValueError(f"{text} is two moments, as the clocks change; ask for it at time zone 'UTC'")
    instant = moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    return _ticks(f"{instant}.{fraction}", unit)


def _parts(signature: Signature) -> tuple[str, list[Any]]:
    return signature["rawType"], [argument["value"] for argument in signature["arguments"]]


def _row_parts(arguments: Sequence[Mapping[str, Any]]) -> list[tuple[str, Signature]]:
    """Names as Trino gives them; a part without one is called by its place, from 1."""
    return [
        (
            cast("Mapping[str, str]", part.get("fieldName") or {}).get("name") or f"field{nth}",
            part["typeSignature"],
        )
        for nth, part in enumerate(arguments, 1)
    ]
