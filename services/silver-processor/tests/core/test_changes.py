"""What Spark reads of Debezium's envelopes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from random import Random
from typing import Any

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession
from silver_processor.core.changes import PLACEHOLDERS
from silver_processor.core.judging import Judge
from tidelake.contracts.loading import parse_contract
from tidelake.tables.bronze import BRONZE_SCHEMA
from tidelake.testkit.changes.columns import in_silver
from tidelake.testkit.changes.debezium import Message, messages, truncate
from tidelake.testkit.changes.random_rows import random_row
from tidelake.testkit.changes.source import Sent
from tidelake.testkit.changes.tables import ORDER_LINES

pytestmark = [pytest.mark.conformance, pytest.mark.query_layer, pytest.mark.timeout(600)]

Judged = Callable[[Sequence[Message]], list[dict[str, Any]]]
AT = datetime(2026, 1, 1, tzinfo=UTC)
ROW = {
    **random_row(Random(1), ORDER_LINES, (7, 2)),
    "price": Decimal("12.30"),
    "seen_at": datetime(2024, 2, 29, 21, 59, 59, 123400, tzinfo=UTC),
    "local_at": datetime(2024, 1, 1, tzinfo=UTC),
    "day": date(1970, 1, 2),
    "prices": [Decimal("1.50"), None],
    "tags": ["x", None],
    "grade": "mid",
}


@pytest.fixture(scope="module")
def judged(spark: SparkSession) -> Judged:
    judge = Judge(parse_contract(ORDER_LINES.contract, "order_lines"))

    def answer(given: Sequence[Message]) -> list[dict[str, Any]]:
        rows = [
            {
                "topic_id": "t",
                "topic": "cdc.order_lines",
                "partition": one.partition,
                "offset": offset,
                "key": one.key,
                "value": one.value,
                "headers": list(one.headers),
                "kafka_timestamp_type": "create_time",
                "written_at": AT,
            }
            for offset, one in enumerate(given)
        ]
        bronze = spark.createDataFrame(pa.Table.from_pylist(rows, BRONZE_SCHEMA))
        return judge.judge(bronze).toArrow().to_pylist()

    return answer


def change(op: str, row: Mapping[str, Any] | None = ROW, left_out: Sequence[str] = ()) -> Message:
    return next(iter(messages([Sent(op, (7, 2), row, tuple(left_out), 100, 5, 3)])))


def with_after(**fields: object) -> Message:
    """An update whose row has these fields as JSON."""
    message = change("u")
    value = json.loads(message.value or b"")
    value["after"].update(fields)
    return replace(message, value=json.dumps(value, separators=(",", ":")).encode())


def rules(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(entry["field"], entry["rule"]) for entry in row["broken"]]


def test_a_row_is_read_as_the_source_has_it_and_a_delete_as_its_key(judged: Judged) -> None:
    found = judged([change("r"), change("c"), change("u"), change("d", None)])
    for row in found:
        assert (row["broken"], row["ignored"], row["event_id"]) == ([], False, "[7,2]")
        assert (row["lsn"], row["tx_id"], row["left_out"]) == (100, 5, [])
    assert [row["op"] for row in found] == ["r", "c", "u", "d"]
    assert found[0]["changed_at"] == datetime(2026, 1, 1, 0, 0, 3, tzinfo=UTC)
    for row in found[:3]:
        assert row["record"] == dict(in_silver(ROW))
    deleted = {name: value for name, value in found[3]["record"].items() if value is not None}
    assert deleted == {"order_id": 7, "line_no": 2}


def test_what_is_no_change_of_a_row_is_ignored_and_says_what_it_is(judged: Judged) -> None:
    tombstone = replace(change("d", None), value=None)
    heartbeat = replace(tombstone, key=b'{"serverName":"cdc.shop"}', value=b'{"ts_ms":1}')
    found = judged([tombstone, truncate(), heartbeat])
    assert [row["ignored"] for row in found] == [True] * 3
    assert [rules(row) for row in found] == [[("", "tombstone")], [("", "truncate")], [("", "heartbeat")]]
    assert found[1]["broken"][0]["value"] == "app.order_lines"


@pytest.mark.parametrize("placeholder", PLACEHOLDERS)
def test_a_value_that_is_left_out_is_named_and_not_asked_for(judged: Judged, placeholder: str) -> None:
    (row,) = judged([with_after(note=json.loads(placeholder))])
    assert (row["broken"], row["left_out"], row["record"]["note"]) == ([], ["note"], None)


def test_what_breaks_the_contract_is_told_as_of_any_record(judged: Judged) -> None:
    found = judged(
        [
            with_after(price=None, grade="odd"),
            with_after(price="NAN"),
            with_after(price="1.234"),
            with_after(day="infinity"),
            with_after(extra="a column that the contract does not know"),
            change("u", {name: value for name, value in ROW.items() if name != "note"}),
        ]
    )
    assert [rules(row) for row in found] == [
        [("price", "required"), ("grade", "grade_is_known")],
        [("price", "type")],
        [("price", "scale")],
        [("day", "format")],
        [],
        [("note", "required")],
    ]
    assert [row["event_id"] for row in found] == ["[7,2]"] * 6
    assert [row["record"] is None for row in found] == [True, True, True, True, False, True]


def test_what_is_no_envelope_is_told_by_what_it_lacks(judged: Judged) -> None:
    whole = json.loads(change("u").value or b"")

    def value(**parts: object) -> Message:
        return replace(change("u"), value=json.dumps({**whole, **parts}).encode())

    found = judged(
        [
            replace(change("u"), value=b"{broken"),
            replace(change("u"), value=b"[1]"),
            value(op=None),
            value(op="x"),
            value(after=None),
            value(source={}),
            replace(change("d", None), key=None),
            replace(change("d", None), key=b'{"order_id":7}'),
        ]
    )
    assert [rules(row) for row in found] == [
        [("", "json")],
        [("", "not_an_object")],
        [("op", "envelope")],
        [("op", "envelope")],
        [("after", "envelope")],
        [("source.lsn", "envelope")],
        [("key", "envelope")],
        [("line_no", "required")],
    ]
    assert not any(row["ignored"] for row in found)
