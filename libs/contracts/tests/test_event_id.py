"""Event ids: golden cases, and what is made up when nobody names an event."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tidelake.contracts.admission import Admitted, Door
from tidelake.contracts.event_id import new_event_id, uuid7

GOLDEN = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "examples/golden_event_ids.jsonl").read_bytes().splitlines()
]


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: case["case"])
def test_golden_records_get_their_event_id(case: Mapping[str, Any], golden_ids_door: Door) -> None:
    verdict = golden_ids_door.admit(case["record"].encode())
    assert isinstance(verdict, Admitted)
    assert verdict.event_id == case["event_id"]


@given(st.text(max_size=30), st.integers(min_value=-(2**63), max_value=2**63 - 1))
def test_an_event_id_is_a_json_array_that_reads_back(golden_ids_door: Door, text: str, whole: int) -> None:
    record = {
        "text": text,
        "whole": whole,
        "amount": 1,
        "flag": True,
        "day": "2013-01-01",
        "at": "2013-01-01T10:00:00Z",
    }
    verdict = golden_ids_door.admit(json.dumps(record).encode())
    assert isinstance(verdict, Admitted)
    assert json.loads(verdict.event_id) == ["2013-01-01T10:00:00Z", text, whole, 1.0, True, "2013-01-01"]


def _spellings(value: int, scale: int, shift: int, zeros: int) -> list[str]:
    """The number value / 10**scale in different words."""
    return [
        str(Decimal(value).scaleb(-scale)),
        f"{Decimal(value).scaleb(-scale):f}",
        f"{value * 10**zeros}e{-scale - zeros}",
        f"{Decimal(value).scaleb(-shift):f}E{shift - scale:+}",
    ]


@given(
    whole=st.integers(min_value=-(2**63), max_value=2**63 - 1) | st.just(0),
    cents=st.integers(min_value=-(10**10) + 1, max_value=10**10 - 1) | st.just(0),
    shift=st.integers(min_value=0, max_value=60),
    zeros=st.integers(min_value=0, max_value=60),
)
def test_equal_numbers_give_equal_ids(
    golden_ids_door: Door, whole: int, cents: int, shift: int, zeros: int
) -> None:
    amounts = _spellings(cents, 2, shift, zeros)
    ids = set[str]()
    for number, amount in zip(_spellings(whole, 0, shift, zeros), amounts, strict=True):
        record = (
            f'{{"text":"x","whole":{number},"amount":{amount},"flag":true,'
            '"day":"2013-01-01","at":"2013-01-01T10:00:00Z"}'
        )
        verdict = golden_ids_door.admit(record.encode())
        assert isinstance(verdict, Admitted), record
        ids.add(verdict.event_id)
    assert len(ids) == 1


@given(
    sign=st.sampled_from(["", "-"]),
    fraction=st.sampled_from(["", ".0", ".000"]),
    exponent=st.none() | st.integers(min_value=-(10**30), max_value=10**30),
)
def test_any_zero_is_zero(golden_ids_door: Door, sign: str, fraction: str, exponent: int | None) -> None:
    zero = f"{sign}0{fraction}{'' if exponent is None else f'e{exponent}'}"
    record = (
        f'{{"text":"x","whole":{zero},"amount":{zero},"flag":true,'
        '"day":"2013-01-01","at":"2013-01-01T10:00:00Z"}'
    )
    verdict = golden_ids_door.admit(record.encode())
    assert isinstance(verdict, Admitted)
    assert verdict.event_id == '["2013-01-01T10:00:00Z","x",0,0.00,true,"2013-01-01"]'


def test_a_made_up_id_is_a_uuid_of_version_7() -> None:
    made_up = UUID(new_event_id())
    assert made_up.version == 7


@given(st.integers(min_value=0, max_value=2**48 - 1), st.integers(min_value=0, max_value=2**74 - 1))
def test_a_uuid_keeps_its_time_and_all_its_randomness(milliseconds: int, random: int) -> None:
    made = UUID(uuid7(milliseconds, random))
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"
    assert made.int >> 80 == milliseconds
    assert (made.int >> 64 & 0xFFF) << 62 | made.int & (1 << 62) - 1 == random


def test_later_ids_sort_behind_earlier_ones() -> None:
    assert uuid7(1, 2**74 - 1) < uuid7(2, 0)
