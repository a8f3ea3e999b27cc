"""Spark's verdict on every golden record is the door's, with its reason."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame, Row
from silver_processor.core.judging import Judge
from tidelake.contracts.contract import Contract

pytestmark = pytest.mark.conformance

EXAMPLES = Path(__file__).parents[4] / "libs/contracts/examples"

# Where Spark's reason is another one than the door's.
OTHER_REASONS = {
    # Spark's parser doesn't say which key is there twice, and only keys of the record itself are looked for.
    "duplicate key further inside": ("", "duplicate_key"),
    "duplicate key in an unknown field": ("", "duplicate_key"),
}


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (EXAMPLES / name).read_bytes().splitlines()]


GOLDEN = lines("golden_records.jsonl")
GOLDEN_IDS = lines("golden_event_ids.jsonl")


def raw_of(case: Mapping[str, Any]) -> bytes:
    return case["record"].encode() if "record" in case else base64.b64decode(case["record_base64"])


@pytest.fixture(scope="module")
def judged(bronze_of: Any, golden: Contract) -> Sequence[Row]:
    frame: DataFrame = Judge(golden).judge(bronze_of([raw_of(case) for case in GOLDEN]))
    return sorted(frame.collect(), key=lambda row: row["offset"])


@pytest.mark.parametrize(("offset", "case"), list(enumerate(GOLDEN)), ids=lambda case: str(case)[:60])
def test_golden_records_get_the_doors_verdict_and_reason(
    offset: int, case: Mapping[str, Any], judged: Sequence[Row]
) -> None:
    row = judged[offset]
    if case["verdict"] == "admitted":
        assert row["broken"] == []
        assert row["record"] is not None
    else:
        first = row["broken"][0]
        expected = OTHER_REASONS.get(case["case"], (case["field"], case["rule"]))
        assert (first["field"], first["rule"]) == expected
        assert first["value"]
        assert first["expected"]
        assert row["record"] is None
