"""Trino's JSON values become Arrow's, each type with its edges."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, cast

import pyarrow as pa
import pytest
from query_gateway.core.arrow import arrow_batch, arrow_schema
from query_gateway.core.columns import Column


def type_(raw: str, *arguments: Any) -> dict[str, Any]:
    return {"rawType": raw, "arguments": [{"value": argument} for argument in arguments]}


def part(name: str | None, signature: dict[str, Any]) -> dict[str, Any]:
    return {"fieldName": None if name is None else {"name": name}, "typeSignature": signature}


BIGINT, VARCHAR = type_("bigint"), type_("varchar", 2147483647)
TIME = datetime(2013, 1, 1, 10, 0, 0, 123000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("signature", "sent", "read"),
    [
        (type_("boolean"), [True, None], [True, None]),
        (BIGINT, [2**63 - 1, -(2**63)], [2**63 - 1, -(2**63)]),
        (type_("double"), ["Infinity", 1, None], [float("inf"), 1.0, None]),
        (type_("decimal", 38, 2), ["12345678901234567890.10"], [Decimal("12345678901234567890.10")]),
        (type_("varbinary"), ["AP8=", ""], [b"\x00\xff", b""]),
        (type_("date"), ["0001-01-01", "9999-12-31"], [date.min, date.max]),
        (type_("timestamp", 3), ["2013-01-01 10:00:00.123"], [TIME.replace(tzinfo=None)]),
        (type_("timestamp with time zone", 3), ["2013-01-01 10:00:00.123 UTC"], [TIME]),
        (
            type_("timestamp with time zone", 3),
            ["2013-01-01 11:00:00.123 +01:00", "2013-01-01 05:00:00.123 America/New_York"],
            [TIME] * 2,
        ),
        (type_("array", type_("decimal", 4, 1)), [["1.5", None], []], [[Decimal("1.5"), None], []]),
        (type_("map", BIGINT, VARCHAR), [{"1": "a", "2": None}], [[(1, "a"), (2, None)]]),
        (type_("map", type_("boolean"), BIGINT), [{"true": 1}], [[(True, 1)]]),
        (
            type_("row", part("a", BIGINT), part(None, VARCHAR)),
            [[1, "x"], None],
            [{"a": 1, "field2": "x"}, None],
        ),
        (type_("row", part("a", BIGINT), part("a", BIGINT)), [[1, 2], None], ["[1,2]", None]),
        (type_("row", part("field2", BIGINT), part(None, BIGINT)), [[1, 2]], ["[1,2]"]),
        (type_("map", type_("array", BIGINT), BIGINT), [{"[1]": 2}], ['{"[1]":2}']),
        (type_("map", type_("unknown"), type_("unknown")), [dict[str, int]()], ["{}"]),
        (type_("array", type_("unknown")), [[], [None]], [[], [None]]),
        (type_("timestamp with time zone", 12), ["2013-01-01 10:00:00.123000000999 UTC"], [TIME]),
        (type_("json"), ['{"a":1}'], ['{"a":1}']),
        (type_("interval day to second"), ["1 00:00:00.000"], ["1 00:00:00.000"]),
    ],
    ids=str,
)
def test_values_are_read_as_they_were(signature: dict[str, Any], sent: list[Any], read: list[Any]) -> None:
    columns = [Column("x", "as Trino says", signature)]
    schema = arrow_schema(columns, {b"k": b"v"})
    batch = arrow_batch(schema, columns, [[value] for value in sent])
    assert pa.Table.from_batches([batch]).column("x").to_pylist() == read
    assert cast("Any", schema).field("x").metadata == {b"trino.type": b"as Trino says"}


@pytest.mark.parametrize(
    ("signature", "sent"),
    [
        (type_("date"), "+10000-01-01"),
        (type_("date"), "-0001-01-01"),
        (type_("timestamp", 3), "-0001-01-01 00:00:00.000"),
        (type_("timestamp", 9), "2500-01-01 00:00:00.000000000"),
        (type_("timestamp with time zone", 3), "2013-11-03 01:30:00.000 America/New_York"),
        (type_("timestamp with time zone", 3), "0001-01-01 00:00:00.000 +14:00"),
    ],
    ids=str,
)
def test_what_arrow_cannot_hold_is_told_and_no_other_value_given(
    signature: dict[str, Any], sent: str
) -> None:
    columns = [Column("x", "as Trino says", signature)]
    with pytest.raises((ValueError, ArithmeticError, pa.ArrowException)):
        arrow_batch(arrow_schema(columns, {}), columns, [[sent]])
