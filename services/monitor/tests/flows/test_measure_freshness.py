"""Delays out of the tables' own times, of the window alone."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from monitor.core.delays import Delays
from monitor.flows.measure_freshness import measure_bronze, measure_silver
from monitor.on_tables import OUTCOMES_SCHEMA, SILVER_SCHEMA
from tidelake.contracts.contract import Contract
from tidelake.contracts.loading import parse_contract
from tidelake.tables.bronze import BRONZE_SCHEMA

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
WINDOW = timedelta(minutes=5)
ROOT = Path(__file__).parents[4]


@pytest.fixture
def contract() -> Contract:
    return parse_contract((ROOT / "datasets/flights.odcs.yaml").read_text(), "flights.odcs.yaml")


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def table(place: Path, rows: Sequence[dict[str, Any]], schema: pa.Schema) -> DeltaTable:
    write_deltalake(str(place), pa.Table.from_pylist(list(rows), schema))
    return DeltaTable(str(place))


def bronze(place: Path, *rows: tuple[float | None, float, float]) -> DeltaTable:
    """Received, in Kafka and written so many seconds ago."""
    made: list[dict[str, Any]] = [
        {
            "topic_id": "t",
            "topic": "events.flights",
            "partition": 0,
            "offset": nth,
            "headers": [],
            "kafka_timestamp": ago(kafka),
            "kafka_timestamp_type": "create_time",
            "received_at": None if received is None else ago(received),
            "written_at": ago(written),
        }
        for nth, (received, kafka, written) in enumerate(rows)
    ]
    return table(place, made, BRONZE_SCHEMA)


def silver(place: Path, *rows: tuple[float | None, float, float]) -> DeltaTable:
    """Received, written to bronze and processed so many seconds ago."""
    made = [
        {
            "lake_received_at": None if received is None else ago(received),
            "lake_written_at": ago(written),
            "lake_processed_at": ago(processed),
        }
        for received, written, processed in rows
    ]
    return table(place, made, SILVER_SCHEMA)


def outcomes(place: Path, *rows: tuple[str, str, float, float]) -> DeltaTable:
    """Outcome, rule, and written and processed so many seconds ago."""
    made = [
        {
            "partition": 0,
            "offset": nth,
            "outcome": outcome,
            "reasons": [{"field": "", "rule": rule}] if rule else [],
            "written_at": ago(written),
            "processed_at": ago(processed),
        }
        for nth, (outcome, rule, written, processed) in enumerate(rows)
    ]
    return table(place, made, OUTCOMES_SCHEMA)


def all_alike(seconds: float, rows: int) -> Delays:
    return Delays(rows, seconds, seconds, seconds, seconds)


def tables(contract: Contract, good: DeltaTable, others: DeltaTable) -> Mapping[str, DeltaTable]:
    return {contract.silver_path: good, contract.outcomes_path: others}


def test_bronze_is_measured_by_the_time_of_receipt(contract: Contract, tmp_path: Path) -> None:
    hop = measure_bronze(contract, bronze(tmp_path, (12, 11, 10), (22, 21, 20), (999, 999, 998)), NOW, WINDOW)
    assert hop.delays == all_alike(2.0, 2), "what lies before the window is left out"
    assert hop.computed_from == (
        "received_at to written_at of 2 rows of bronze/flights version 0, of the last 5 min"
    )


def test_without_a_receipt_kafkas_time_is_taken_and_said(contract: Contract, tmp_path: Path) -> None:
    hop = measure_bronze(contract, bronze(tmp_path, (None, 11, 10), (21, 21, 20)), NOW, WINDOW)
    assert hop.delays == all_alike(1.0, 2)
    assert hop.computed_from.startswith("received_at, else kafka_timestamp to written_at of 2 rows")


def test_silver_and_outcomes_are_one_hop_and_the_whole_road_is_silvers(
    contract: Contract, tmp_path: Path
) -> None:
    to_bronze = measure_bronze(contract, bronze(tmp_path / "b", (12, 11, 10)), NOW, WINDOW)
    good = silver(tmp_path / "s", (12, 10, 7), (12, 10, 7))
    others = outcomes(tmp_path / "o", ("duplicate", "", 10, 7), ("quarantined", "json", 10, 7))
    to_silver, whole, found = measure_silver(contract, tables(contract, good, others), to_bronze, NOW, WINDOW)
    assert (to_silver.delays, whole.delays) == (all_alike(3.0, 4), all_alike(5.0, 2))
    assert (found.decided, found.quarantined, found.rules) == (4, 1, {"json": 1})
    assert found.examples == ((0, 1),)


def test_without_a_receipt_in_silver_the_two_hops_are_added_up_and_it_is_said(
    contract: Contract, tmp_path: Path
) -> None:
    to_bronze = measure_bronze(contract, bronze(tmp_path / "b", (None, 11, 10)), NOW, WINDOW)
    good, others = silver(tmp_path / "s", (None, 10, 7)), outcomes(tmp_path / "o")
    _, whole, _ = measure_silver(contract, tables(contract, good, others), to_bronze, NOW, WINDOW)
    assert whole.delays == all_alike(4.0, 1)
    assert "added up, as its rows in silver have no time of receipt" in whole.computed_from


def test_where_all_rows_are_repeats_or_quarantined_it_is_said_that_none_came_into_silver(
    contract: Contract, tmp_path: Path
) -> None:
    to_bronze = measure_bronze(contract, bronze(tmp_path / "b", (12, 11, 10)), NOW, WINDOW)
    good, others = silver(tmp_path / "s"), outcomes(tmp_path / "o", ("quarantined", "json", 10, 7))
    _, whole, _ = measure_silver(contract, tables(contract, good, others), to_bronze, NOW, WINDOW)
    assert whole.delays == all_alike(5.0, 1)
    assert "added up, as none of the rows came into silver" in whole.computed_from


def test_of_change_data_the_outcomes_tell_all(contract: Contract, tmp_path: Path) -> None:
    follows = replace(contract, source="cdc", mode="upsert")
    to_bronze = measure_bronze(follows, bronze(tmp_path / "b", (None, 11, 10)), NOW, WINDOW)
    current = pa.schema([("id", pa.string())])
    write_deltalake(str(tmp_path / "s"), pa.Table.from_pylist([{"id": "a"}], current))
    good, others = DeltaTable(str(tmp_path / "s")), outcomes(tmp_path / "o", ("inserted", "", 10, 7))
    to_silver, whole, found = measure_silver(follows, tables(follows, good, others), to_bronze, NOW, WINDOW)
    assert (to_silver.delays, whole.delays) == (all_alike(3.0, 1), all_alike(4.0, 1))
    assert "added up, as silver of change data has no time of receipt" in whole.computed_from
    assert (found.decided, found.quarantined) == (1, 0)
