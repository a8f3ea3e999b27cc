"""Tables are known by their names in SQL."""

from dataclasses import replace
from pathlib import Path

import pytest
from tidelake.cli.looking.names import UnknownTable, find_table, tables_of_lake
from tidelake.contracts.contract import Contract
from tidelake.contracts.loading import parse_contract

FLIGHTS = Path(__file__).parents[3] / "datasets/flights.odcs.yaml"


@pytest.fixture
def flights() -> Contract:
    return parse_contract(FLIGHTS.read_text(), "flights")


def test_a_dataset_has_the_tables_that_are_made_of_it(flights: Contract) -> None:
    stock = replace(flights, dataset="stock", mode="upsert")
    listed = [(one.dataset, one.kind, one.name) for one in tables_of_lake([flights, stock])]
    assert listed == [
        ("flights", "bronze", "bronze.flights"),
        ("flights", "silver", "silver.flights"),
        ("flights", "outcomes", "silver.flights_outcomes"),
        ("stock", "bronze", "bronze.stock"),
        ("", "ops", "ops.datasets"),
        ("", "ops", "ops.freshness"),
        ("", "ops", "ops.ledger"),
        ("", "ops", "ops.process_metrics"),
    ]


@pytest.mark.parametrize("name", ["silver.flights", "lake.silver.flights", "Silver.FLIGHTS"])
def test_a_table_is_found_as_sql_takes_its_name(flights: Contract, name: str) -> None:
    assert find_table(name, tables_of_lake([flights])).path == "silver/flights"


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("silver.flight", "silver.flights"),
        ("flights", "silver.flights, bronze.flights, silver.flights_outcomes"),
    ],
)
def test_an_unknown_table_is_told_with_those_near_it(flights: Contract, name: str, near: str) -> None:
    with pytest.raises(UnknownTable, match=rf"no table '{name}'.*Near it: .*{near}.*\./lake tables"):
        find_table(name, tables_of_lake([flights]))


def test_a_name_that_is_near_none_is_told_where_they_stand(flights: Contract) -> None:
    with pytest.raises(UnknownTable, match=r"no table '' in this lake\. \./lake tables lists all"):
        find_table("", tables_of_lake([flights]))
