"""`lake dataset` as it is typed."""

import re
from pathlib import Path

import orjson
import pytest
from tidelake.cli import dataset as command
from tidelake.cli.dataset import app
from tidelake.contracts.bindings import TopicBinding, bind_topic
from tidelake.contracts.loading import parse_contract
from tidelake.contracts.publishing import publish
from tidelake.tables.memory_objects import MemoryObjects
from typer.testing import CliRunner, Result

_ROOT = Path(__file__).parents[2]
FLIGHTS = _ROOT / "datasets/flights.odcs.yaml"


class MemoryConnection:
    """A connection to a lake in memory."""

    def __init__(self, store: MemoryObjects) -> None:
        self._store = store

    def objects(self) -> MemoryObjects:
        return self._store


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> MemoryObjects:
    objects = MemoryObjects()
    text = FLIGHTS.read_text()
    schema = (_ROOT / "libs/contracts/examples/flights.schema.json").read_bytes()
    publish(objects, parse_contract(text, "flights"), text.encode(), schema)
    monkeypatch.setattr(command, "connect", lambda: MemoryConnection(objects))
    return objects


def lake_dataset(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def test_a_contract_is_checked_without_a_lake() -> None:
    result = lake_dataset("check", "--offline", str(FLIGHTS))
    assert result.exit_code == 0
    assert "not compared" in result.stdout
    assert "quality: silver checks row by row" in result.stdout


def test_a_contract_is_compared_with_what_is_published(store: MemoryObjects) -> None:
    result = lake_dataset("check", str(FLIGHTS))
    assert result.exit_code == 0
    assert "published already" in result.stdout


def test_every_file_is_checked_and_one_wrong_fails_all(store: MemoryObjects, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(FLIGHTS.read_text().replace("version: 1.0.0", "version: one"))
    report = tmp_path / "report.json"
    result = lake_dataset("check", str(wrong), str(FLIGHTS), "--json", str(report))
    assert result.exit_code == 1
    assert f"{wrong}:5: The version 'one'" in result.stdout
    assert "published already" in result.stdout
    assert [row["ok"] for row in orjson.loads(report.read_bytes())] == [False, True]


def test_apply_without_anything_to_apply_says_what_to_name() -> None:
    result = lake_dataset("apply")
    assert result.exit_code == 2
    assert "--accept-new-topic" in result.stderr


def test_ls_shows_where_senders_find_each_major_version(store: MemoryObjects) -> None:
    text = FLIGHTS.read_text().replace("1.0.0", "2.0.0")
    schema = (_ROOT / "libs/contracts/examples/flights.schema.json").read_bytes()
    publish(store, parse_contract(text, "flights"), text.encode(), schema)
    result = lake_dataset("ls")
    assert re.search(r"│ flights +│ 1\.0\.0", result.stdout)
    assert re.search(r"│ flights\.v2 +│ 2\.0\.0", result.stdout)


def test_ls_shows_what_is_published_and_what_is_broken(store: MemoryObjects, tmp_path: Path) -> None:
    bind_topic(store, "flights", 1, TopicBinding("events.flights", "an-id"))
    store.create("contracts/odd/1.0.0.yaml", b"odd")
    store.create("contracts/odd/1.0.0.schema.json", b"{}")
    report = tmp_path / "report.json"
    result = lake_dataset("ls", "--json", str(report))
    assert result.exit_code == 0
    assert "contracts/odd/1.0.0.yaml can't be used" in result.stdout
    assert re.search(r"│ events\.flights │ bronze/flights │", result.stdout)
    assert "an-id" not in result.stdout
    assert orjson.loads(report.read_bytes()) == [
        {
            "dataset": "flights",
            "address": "flights",
            "version": "1.0.0",
            "owner": "airport-operations",
            "producers": "airport-ops",
            "topic": "events.flights",
            "table": "bronze/flights",
            "topic_id": "an-id",
        }
    ]
