"""`lake quarantine` as it is typed: what it prints can be copied, and what it does not know is refused."""

import re
import shlex
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pytest
from deltalake import write_deltalake
from tidelake.cli import quarantine
from tidelake.cli.main import main
from tidelake.contracts.loading import parse_contract

from .conftest import FolderLake

FLIGHTS = Path(__file__).parents[3] / "datasets/flights.odcs.yaml"
EVENT_ID = '["2013-01-01T10:00:00Z","UA",1]'
REASON = {"field": "month", "rule": "it's odd", "value": "13", "expected": "1 to 12"}
ROW = {
    "topic_id": "t",
    "partition": 0,
    "offset": 1,
    "outcome": "quarantined",
    "event_id": EVENT_ID,
    "reasons": [REASON],
    "value": b"{}",
    "processed_at": datetime(2026, 1, 1, tzinfo=UTC),
}


@pytest.fixture(autouse=True)
def flights(lake: FolderLake, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dataset with one row in quarantine."""
    found = SimpleNamespace(contract=parse_contract(FLIGHTS.read_text(), "flights"))

    def published(*_: object) -> list[SimpleNamespace]:
        return [found]

    monkeypatch.setattr(quarantine, "connect", lambda: SimpleNamespace(storage=lambda: lake.storage))
    monkeypatch.setattr(quarantine, "chosen", published)
    write_deltalake(lake.uri("silver/flights_outcomes"), pa.Table.from_pylist([ROW]))


def commands(shown: str) -> list[list[str]]:
    return [shlex.split(found) for found in re.findall(r"\./lake .*", shown)]


def test_ls_prints_commands_that_can_be_copied_and_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["quarantine", "ls"]) == 0
    shown = capsys.readouterr().out
    assert commands(shown) == [["./lake", "quarantine", "show", "flights", "--rule", "it's odd"]]
    assert "corrected, with the same event id" in shown


def test_what_ls_prints_shows_the_rows_and_the_way_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["quarantine", "show", "flights", "--rule", "it's odd"]) == 0
    shown = capsys.readouterr().out
    assert "month: it's odd, 13; 1 to 12" in shown
    assert commands(shown) == [["./lake", "trace", "--dataset", "flights", EVENT_ID]]


def test_an_unknown_rule_is_refused_with_those_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["quarantine", "show", "flights", "--rule", "month"]) == 1
    rules = "carrier_is_a_code, it's odd, month_in_calendar, origin_is_in_new_york"
    assert f"flights has no rule 'month'. Rules by which rows are or may be in its quarantine: {rules}." in (
        capsys.readouterr().err
    )


def test_a_rule_of_the_contract_that_nothing_breaks_is_no_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["quarantine", "show", "flights", "--rule", "month_in_calendar"]) == 0
    assert "flights has nothing in quarantine for the rule month_in_calendar." in capsys.readouterr().out
