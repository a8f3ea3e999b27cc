"""What silver said of each record, read from tables on this disk."""

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from tidelake.cli.demo.judged import Judged, Verdict, judged
from tidelake.cli.demo.send import Position
from tidelake.cli.demo.traffic import Kind

TOPIC = "topic-id"
MONTH, CARRIER = "month_in_calendar", "carrier_is_a_code"
REASON = pa.struct([("field", pa.string()), ("rule", pa.string())])
SHAPE = pa.schema(
    [
        ("topic_id", pa.string()),
        ("partition", pa.int32()),
        ("offset", pa.int64()),
        ("outcome", pa.string()),
        ("reasons", pa.list_(REASON)),
    ]
)


@pytest.fixture
def silver(tmp_path: Path) -> DeltaTable:
    """Offset 0 of partition 0 is in it; another topic's offset 1 too."""
    columns = {"lake_topic_id": [TOPIC, "other"], "lake_partition": [0, 0], "lake_offset": [0, 1]}
    write_deltalake(str(tmp_path / "silver"), pa.table(columns))
    return DeltaTable(str(tmp_path / "silver"))


@pytest.fixture
def outcomes(tmp_path: Path) -> DeltaTable:
    """1: a duplicate, 2: quarantined for its month, 3: for its carrier."""
    rows = [
        {"topic_id": TOPIC, "partition": 0, "offset": offset, "outcome": outcome, "reasons": reasons}
        for offset, outcome, reasons in (
            (1, "duplicate", []),
            (2, "quarantined", [{"field": "month", "rule": MONTH}]),
            (3, "quarantined", [{"field": "carrier", "rule": CARRIER}]),
        )
    ]
    write_deltalake(str(tmp_path / "outcomes"), pa.Table.from_pylist(rows, SHAPE))
    return DeltaTable(str(tmp_path / "outcomes"))


def of(silver: DeltaTable, outcomes: DeltaTable, kinds: Mapping[Position, Kind]) -> Judged:
    return judged(silver, outcomes, TOPIC, kinds)


def test_a_record_is_rightly_quarantined_for_exactly_the_rules_that_it_breaks(
    silver: DeltaTable, outcomes: DeltaTable
) -> None:
    right = {(0, 0): Kind.REAL, (0, 1): Kind.REPEAT, (0, 2): Kind.NO_MONTH, (0, 3): Kind.NO_CARRIER}
    found = of(silver, outcomes, right)
    assert found.as_expected
    assert found.quarantined == {Kind.NO_MONTH: 1, Kind.NO_CARRIER: 1}


@pytest.mark.parametrize(
    ("offset", "kind", "verdict"),
    [
        (4, Kind.REAL, Verdict(None, frozenset())),
        (0, Kind.NO_MONTH, Verdict("inserted", frozenset())),
        (2, Kind.REAL, Verdict("quarantined", frozenset({MONTH}))),
        (2, Kind.ALL_AT_ONCE, Verdict("quarantined", frozenset({MONTH}))),
        (3, Kind.NO_MONTH, Verdict("quarantined", frozenset({CARRIER}))),
    ],
)
def test_whatever_else_became_of_it_is_named(
    silver: DeltaTable, outcomes: DeltaTable, offset: int, kind: Kind, verdict: Verdict
) -> None:
    found = of(silver, outcomes, {(0, offset): kind})
    assert found.misjudged == {(0, offset): (kind, verdict)}
    assert not found.quarantined
