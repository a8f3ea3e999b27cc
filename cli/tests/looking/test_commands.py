"""`lake tables` and `lake versions` as they are typed."""

from pathlib import Path
from types import SimpleNamespace

import orjson
import pytest
from tidelake.cli import tables, versions
from tidelake.cli.main import lake as command_line
from tidelake.cli.main import main
from tidelake.contracts.loading import parse_contract
from typer.testing import CliRunner, Result

from .conftest import FolderLake

FLIGHTS = Path(__file__).parents[3] / "datasets/flights.odcs.yaml"


@pytest.fixture
def flights(lake: FolderLake, monkeypatch: pytest.MonkeyPatch) -> FolderLake:
    """A lake of one dataset, whose silver is not made yet."""
    found = SimpleNamespace(contract=parse_contract(FLIGHTS.read_text(), "flights"))
    connection = SimpleNamespace(storage=lambda: lake.storage, objects=lambda: lake.objects)

    def published(*_: object) -> list[SimpleNamespace]:
        return [found]

    for module in (tables, versions):
        monkeypatch.setattr(module, "connect", lambda: connection)
        monkeypatch.setattr(module, "chosen", published)
    lake.append("bronze/flights", [1, 2])
    lake.append("bronze/flights", [3])
    return lake


def lake_command(*arguments: str) -> Result:
    return CliRunner().invoke(command_line(arguments[0]), arguments)


def test_tables_are_listed_and_those_that_are_not_there_are_named(flights: FolderLake) -> None:
    report = flights.root / "report.json"
    shown = lake_command("tables", "--json", str(report))
    assert shown.exit_code == 0
    assert "Not there: silver.flights, silver.flights_outcomes, ops.datasets." in shown.stdout
    (row,) = orjson.loads(report.read_bytes())
    assert {name: row[name] for name in ("dataset", "kind", "table", "version", "rows")} == {
        "dataset": "flights",
        "kind": "bronze",
        "table": "bronze.flights",
        "version": 1,
        "rows": 3,
    }


def test_the_monitors_tables_are_listed_where_they_are_there(flights: FolderLake) -> None:
    flights.append("ops/ledger", [1])
    report = flights.root / "report.json"
    shown = lake_command("tables", "--json", str(report))
    assert [row["table"] for row in orjson.loads(report.read_bytes())] == ["bronze.flights", "ops.ledger"]
    assert "ops.freshness" not in shown.stdout


def test_versions_are_shown_with_a_command_that_asks_of_one(flights: FolderLake) -> None:
    shown = lake_command("versions", "bronze.flights", "--limit", "1")
    assert shown.exit_code == 0
    assert "WRITE" in shown.stdout
    assert "Earlier versions: 1; --limit shows more of them." in shown.stdout
    assert "./lake query --as-of bronze.flights=VERSION" in shown.stdout


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("silver.flight", "There is no table 'silver.flight' in this lake. Near it: silver.flights"),
        ("silver.flights", "There is no Delta table at silver/flights."),
    ],
)
def test_a_table_that_is_not_there_is_said_in_a_sentence(
    flights: FolderLake, capsys: pytest.CaptureFixture[str], table: str, said: str
) -> None:
    assert main(["versions", table]) == 1
    assert said in capsys.readouterr().err
