"""What ops.datasets says of a dataset."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from tidelake.cli.catalogue.dataset_row import DATASETS_SCHEMA, dataset_row
from tidelake.contracts.loading import parse_contract

from .conftest import Edit

NOON = datetime(2026, 1, 31, 12, microsecond=123_456, tzinfo=UTC)
MASKED = Path(__file__).parents[3] / "libs/contracts/examples/golden_masked.odcs.yaml"


def test_it_names_the_tables_as_sql_does_and_who_answers_for_them(contract: Edit) -> None:
    row = dataset_row(contract(), NOON)
    assert row["bronze"] == "bronze.flights"
    assert row["silver"] == "silver.flights"
    assert row["outcomes"] == "silver.flights_outcomes"
    assert (row["owner"], row["domain"]) == ("airport-operations", "aviation")
    assert row["tags"] == ["aviation", "events"]
    assert row["producers"] == ["airport-ops"]
    assert row["id_fields"] == ["time_hour", "carrier", "flight"]


def test_a_new_major_version_has_a_row_and_tables_of_its_own(contract: Edit) -> None:
    row = dataset_row(contract(("1.0.0", "2.1.0")), NOON)
    assert (row["dataset"], row["major"], row["version"]) == ("flights", 2, "2.1.0")
    assert row["outcomes"] == "silver.flights_v2_outcomes"
    assert row["address"] == "flights.v2"


def test_what_silver_does_not_make_has_no_name(contract: Edit) -> None:
    row = dataset_row(contract(("value: append", "value: upsert")), NOON)
    assert (row["silver"], row["outcomes"]) == (None, None)
    assert row["bronze"] == "bronze.flights"


def test_times_are_whole_milliseconds_and_spans_seconds(contract: Edit) -> None:
    found = contract()
    row = dataset_row(found, NOON)
    assert row["published_at"] == NOON.replace(microsecond=123_000)
    assert timedelta(seconds=row["freshness_s"]) == found.freshness
    assert timedelta(seconds=row["retention_s"]) == found.retention


def test_fields_that_are_kept_secret_are_listed_at_any_depth() -> None:
    row = dataset_row(parse_contract(MASKED.read_text(), MASKED.name), NOON)
    assert row["classified_fields"] == [
        {"field": "person.ssn", "classification": "confidential"},
        {"field": "persons[].ids[]", "classification": "restricted"},
    ]


def test_every_column_has_a_comment_and_every_row_fits(contract: Edit) -> None:
    schema: Any = DATASETS_SCHEMA
    assert all(field.metadata[b"comment"] for field in schema)
    row = dict(dataset_row(contract(), NOON))
    assert list(row) == DATASETS_SCHEMA.names
    assert pa.Table.from_pylist([row], DATASETS_SCHEMA).to_pylist() == [row]
