"""The door's verdict: golden records, real flights, and messages that give nothing away."""

from __future__ import annotations

import base64
import json
import socket
import time
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tidelake.contracts.admission import Admitted, Door, Refused, UnusableSchema
from tidelake.contracts.contract import Contract
from tidelake.contracts.event_id import MAX_EVENT_ID_BYTES
from tidelake.contracts.strict_json import read_object

GOLDEN = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "examples/golden_records.jsonl").read_bytes().splitlines()
]
FLIGHT: dict[str, Any] = {
    "year": 2013,
    "month": 1,
    "day": 1,
    "dep_time": None,
    "sched_dep_time": 515,
    "sched_arr_time": 819,
    "carrier": "UA",
    "flight": 1545,
    "origin": "EWR",
    "dest": "IAH",
    "distance": 1400,
    "hour": 5,
    "minute": 15,
    "time_hour": "2013-01-01T10:00:00Z",
}


def raw_of(case: Mapping[str, Any]) -> bytes:
    return case["record"].encode() if "record" in case else base64.b64decode(case["record_base64"])


def flight(**changes: object) -> bytes:
    return json.dumps({**FLIGHT, **changes}).encode()


def refusal(verdict: Admitted | Refused) -> Refused:
    assert isinstance(verdict, Refused)
    return verdict


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: case["case"])
def test_golden_records_get_their_verdict(case: Mapping[str, Any], golden_door: Door) -> None:
    verdict = golden_door.admit(raw_of(case))
    if case["verdict"] == "admitted":
        assert isinstance(verdict, Admitted)
    else:
        first = refusal(verdict).problems[0]
        assert (first.rule, first.field) == (case["rule"], case["field"])
        assert first.value
        assert first.expected


@pytest.mark.parametrize("case", [case for case in GOLDEN if "means" in case], ids=lambda case: case["case"])
def test_golden_records_mean_what_they_say(case: Mapping[str, Any]) -> None:
    record = read_object(raw_of(case), masked=False)
    assert {name: record[name] for name in case["means"]} == case["means"]


def test_an_admitted_flight_has_its_id_and_time(flights_door: Door) -> None:
    verdict = flights_door.admit(flight(time_hour="2013-01-01T05:00:00-05:00"))
    event_id = '["2013-01-01T10:00:00Z","UA",1545]'
    assert verdict == Admitted(event_id, "2013-01-01T10:00:00Z", retry_recognised=True)


def test_the_contracts_id_fields_count_more_than_the_senders_id(flights_door: Door) -> None:
    verdict = flights_door.admit(flight(), given_id="mine")
    assert isinstance(verdict, Admitted)
    assert verdict.event_id.startswith("[")


def test_a_quality_rule_of_the_contract_refuses_nothing_at_the_door(flights_door: Door) -> None:
    assert isinstance(flights_door.admit(flight(month=13, carrier="United", origin="ZRH")), Admitted)


def test_every_broken_rule_of_a_record_is_named(flights_door: Door) -> None:
    broken = flight(month="January", flight=None, distance=1400.5, time_hour="2013-01-01T10:00:00", day=2**40)
    found = {(problem.field, problem.rule) for problem in refusal(flights_door.admit(broken)).problems}
    assert found == {
        ("month", "type"),
        ("flight", "required"),
        ("distance", "type"),
        ("time_hour", "format"),
        ("day", "range"),
    }


def test_a_refusal_says_what_was_seen_and_what_would_be_right(flights_door: Door) -> None:
    (problem,) = refusal(flights_door.admit(flight(time_hour="2013-01-01T10:00:00"))).problems
    assert problem.value == '"2013-01-01T10:00:00"'
    assert "2013-01-31T10:00:00Z" in problem.expected


def test_a_long_value_is_shortened_in_the_message(flights_door: Door) -> None:
    (problem,) = refusal(flights_door.admit(flight(month="x" * 100_000))).problems
    assert len(problem.value) < 120


def test_a_record_with_very_many_mistakes_gets_a_message_of_ordinary_size(golden_door: Door) -> None:
    items = ",".join(['{"price":"x"}'] * 60)
    record = f'{{"id":1,"at":"2026-01-31T10:00:00Z","items":[{items}]}}'.encode()
    assert len(refusal(golden_door.admit(record)).problems) == 20


@pytest.mark.parametrize("price", ['"x"', "1.555"])
def test_a_very_large_broken_record_is_refused_quickly(price: str, golden_door: Door) -> None:
    items = ",".join([f'{{"price":{price}}}'] * 20_000)
    record = f'{{"id":1,"at":"2026-01-31T10:00:00Z","items":[{items}]}}'.encode()
    started = time.process_time()
    assert refusal(golden_door.admit(record)).problems[0].field == "items[0].price"
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    "extra",
    [
        '"secret":"swordfish"',
        '"secret":12345678901',
        '"secret":"swordfish","secret":"swordfish"',
        '"secret":"swordfish',
        '"secret":swordfish',
        '"secret":1e999',
        '"secret":["swordfish"]',
    ],
)
def test_a_classified_value_never_stands_in_a_message(extra: str, golden_door: Door) -> None:
    raw = f'{{"id":1,"at":"2026-01-31T10:00:00Z",{extra}}}'.encode()
    text = repr(refusal(golden_door.admit(raw)).problems)
    assert "swordfish" not in text
    assert "12345678901" not in text
    assert "1e999" not in text


def _unnamed(golden: Contract, examples: Path) -> Door:
    contract = replace(golden, id_fields=(), event_time=None)
    return Door(contract, (examples / "golden.schema.json").read_bytes(), new_id=lambda: "made-up")


def test_without_id_fields_the_sender_names_the_event(golden: Contract, examples: Path) -> None:
    door = _unnamed(golden, examples)
    raw = b'{"id":1,"at":"2026-01-31T10:00:00Z"}'
    assert door.admit(raw, "order-7/0") == Admitted("order-7/0", None, retry_recognised=True)


def test_an_event_that_nobody_named_can_not_be_recognised_again(golden: Contract, examples: Path) -> None:
    door = _unnamed(golden, examples)
    raw = b'{"id":1,"at":"2026-01-31T10:00:00Z"}'
    assert door.admit(raw) == Admitted("made-up", None, retry_recognised=False)


@pytest.mark.parametrize("given_id", ["", "x" * (MAX_EVENT_ID_BYTES + 1), "ü" * MAX_EVENT_ID_BYTES])
def test_an_event_id_has_a_size_that_kafka_can_carry(given_id: str, golden: Contract, examples: Path) -> None:
    raw = b'{"id":1,"at":"2026-01-31T10:00:00Z"}'
    (problem,) = refusal(_unnamed(golden, examples).admit(raw, given_id)).problems
    assert problem.rule == "event_id_length"


def test_id_fields_can_not_make_an_id_that_kafka_could_not_carry(flights_door: Door) -> None:
    (problem,) = refusal(flights_door.admit(flight(carrier="x" * 100_000))).problems
    assert problem.rule == "event_id_length"


@pytest.mark.parametrize("reference", ["http://127.0.0.1:{port}/schema", "file://{file}"])
def test_a_schema_never_fetches_anything(reference: str, golden: Contract, tmp_path: Path) -> None:
    file = tmp_path / "schema.json"
    file.write_text("{}")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0)
        uri = reference.format(port=listening.getsockname()[1], file=file)
        for schema in ({"$ref": uri}, {"properties": {"id": {"$ref": uri}}}):
            with pytest.raises(UnusableSchema, match="nothing outside is read"):
                Door(golden, json.dumps(schema).encode())
        with pytest.raises(BlockingIOError):
            listening.accept()


@pytest.mark.parametrize("schema", [b"", b"[]", b'{"type":"nonsense"}', b'{"pattern":"["}', b"\xff"])
def test_a_schema_that_can_not_be_used_is_named_as_such(schema: bytes, golden: Contract) -> None:
    with pytest.raises(UnusableSchema, match="golden"):
        Door(golden, schema)


@given(st.binary(max_size=200))
def test_no_bytes_make_the_door_fail(golden_door: Door, raw: bytes) -> None:
    assert isinstance(golden_door.admit(raw), Refused)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)
_FIELDS = [
    "id",
    "at",
    "tiny",
    "whole",
    "amount",
    "wide",
    "ratio",
    "single",
    "day",
    "address",
    "items",
    "text",
]


@given(st.dictionaries(st.sampled_from(_FIELDS), _JSON, max_size=12))
def test_no_json_makes_the_door_fail(golden_door: Door, record: dict[str, Any]) -> None:
    verdict = golden_door.admit(json.dumps(record).encode())
    assert isinstance(verdict, Admitted | Refused)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=4))
def test_a_decimal_is_taken_exactly_when_its_type_holds_it(golden_door: Door, value: Decimal) -> None:
    verdict = golden_door.admit(f'{{"id":1,"at":"2026-01-31T10:00:00Z","amount":{value:f}}}'.encode())
    fits = value == value.quantize(Decimal("0.01")) and abs(value) < 10**8
    assert isinstance(verdict, Admitted) == fits


@given(st.integers() | st.integers(min_value=2**63 - 3, max_value=2**63 + 3))
def test_an_integer_is_taken_exactly_when_its_type_holds_it(golden_door: Door, value: int) -> None:
    verdict = golden_door.admit(f'{{"id":{value},"at":"2026-01-31T10:00:00Z"}}'.encode())
    assert isinstance(verdict, Admitted) == (-(2**63) <= value < 2**63)
