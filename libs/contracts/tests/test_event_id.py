"""Event ids: golden cases, and what is made up when nobody names an event."""

from __future__ import annotations

import json
from collections.abc import Mapping
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
