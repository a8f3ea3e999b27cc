"""What Spark says of every golden record is what the door says: verdict, reason, event id, and no secret."""

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

pytestmark = [pytest.mark.conformance, pytest.mark.query_layer]

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
GOLDEN_MASKED = lines("golden_masked_records.jsonl")
SECRET = "078-05-1120"


def raw_of(case: Mapping[str, Any]) -> bytes:
    return case["record"].encode() if "record" in case else base64.b64decode(case["record_base64"])


def judge(bronze_of: Any, contract: Contract, cases: Sequence[Mapping[str, Any]]) -> Sequence[Row]:
    """What becomes of the records, in their order."""
    frame: DataFrame = Judge(contract).judge(bronze_of([raw_of(case) for case in cases]))
    return sorted(frame.collect(), key=lambda row: row["offset"])


@pytest.fixture(scope="module")
def judged(bronze_of: Any, golden: Contract) -> Sequence[Row]:
    return judge(bronze_of, golden, GOLDEN)


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


def test_golden_records_get_the_doors_event_id(bronze_of: Any, golden_ids: Contract) -> None:
    rows = judge(bronze_of, golden_ids, GOLDEN_IDS)
    assert {case["case"]: row["event_id"] for case, row in zip(GOLDEN_IDS, rows, strict=True)} == {
        case["case"]: case["event_id"] for case in GOLDEN_IDS
    }


def test_no_reason_shows_what_may_be_classified(bronze_of: Any, golden_masked: Contract) -> None:
    rows = judge(bronze_of, golden_masked, GOLDEN_MASKED)
    for case, row in zip(GOLDEN_MASKED, rows, strict=True):
        assert row["broken"], case
        assert SECRET not in repr(row["broken"]), case
        assert SECRET[2:] not in repr(row["broken"]), case
