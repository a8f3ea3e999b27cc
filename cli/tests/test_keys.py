"""`lake keys` on a store in memory."""

from pathlib import Path

import orjson
import pytest
from tidelake.cli import keys as command
from tidelake.cli import known_keys
from tidelake.cli.keys import UnknownKey, UnknownRole, app
from tidelake.contracts.keys import KeyRing
from tidelake.contracts.loading import parse_contract
from tidelake.contracts.publishing import publish
from tidelake.tables.memory_objects import MemoryObjects
from typer.testing import CliRunner, Result

_ROOT = Path(__file__).parents[2]


class MemoryConnection:
    """A connection to a lake in memory."""

    def __init__(self, store: MemoryObjects) -> None:
        self._store = store

    router_url = "http://127.0.0.1:1"
    gateway_url = "http://127.0.0.1:2"
    running: frozenset[str] = frozenset()

    def objects(self) -> MemoryObjects:
        return self._store

    def runs(self, process: str) -> bool:
        return process in self.running


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> MemoryObjects:
    objects = MemoryObjects()
    text = (_ROOT / "datasets/flights.odcs.yaml").read_text()
    schema = (_ROOT / "libs/contracts/examples/flights.schema.json").read_bytes()
    publish(objects, parse_contract(text, "flights"), text.encode(), schema)
    monkeypatch.setattr(command, "connect", lambda: MemoryConnection(objects))
    return objects


def lake_keys(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def producer_of(store: MemoryObjects, token: str) -> str | None:
    ring = KeyRing(store)
    ring.refresh()
    return ring.producer_of(token)


def test_create_prints_the_key_alone_on_stdout(store: MemoryObjects) -> None:
    result = lake_keys("create", "airport-ops")
    assert result.exit_code == 0
    assert producer_of(store, result.stdout.strip()) == "airport-ops"
    assert "Keep it now" in result.stderr
    assert result.stdout.strip() not in result.stderr


def test_a_key_for_somebody_whom_no_contract_knows_is_refused(store: MemoryObjects) -> None:
    result = lake_keys("create", "airprot-ops")
    assert isinstance(result.exception, UnknownRole)
    assert "airport-ops" in str(result.exception)
    assert not store.list("keys/")


@pytest.mark.parametrize("role", ["analysts", "data-engineering"])
def test_a_key_can_be_made_for_who_only_asks(store: MemoryObjects, role: str) -> None:
    result = lake_keys("create", role)
    assert producer_of(store, result.stdout.strip()) == role


def test_a_key_can_be_made_before_its_contract(store: MemoryObjects) -> None:
    assert lake_keys("create", "newcomer", "--anyway").exit_code == 0
    assert len(store.list("keys/")) == 1


def test_ls_shows_keys_and_no_secret(store: MemoryObjects, tmp_path: Path) -> None:
    token = lake_keys("create", "airport-ops").stdout.strip()
    store.create("keys/broken.json", b"{")
    store.create("keys/byte.json", b'{"id":"byte","producer":"M\xfcller"}')
    store.create("keys/deep.json", b'{"id":"deep","x":' + b"[" * 60_000)
    naive = '{"id":"naive","producer":"x","sha256":"' + "0" * 64 + '","created_at":"2026-01-31T10:00:00"}'
    store.create("keys/naive.json", naive.encode())
    result = lake_keys("ls", "--json", str(tmp_path / "keys.json"))
    _, key_id, secret = token.split("_")
    assert key_id in result.stdout
    for broken in ("broken", "byte", "deep", "naive"):
        assert f"keys/{broken}.json can't be read" in result.stdout
    written = (tmp_path / "keys.json").read_text()
    assert secret not in result.stdout + written
    assert [row["id"] for row in orjson.loads(written)] == [key_id]


def test_a_revoked_key_opens_nothing(store: MemoryObjects) -> None:
    token = lake_keys("create", "airport-ops").stdout.strip()
    assert lake_keys("revoke", token.split("_")[1]).exit_code == 0
    assert producer_of(store, token) is None


def test_revoking_what_is_not_there_is_said(store: MemoryObjects) -> None:
    assert isinstance(lake_keys("revoke", "0123456789ab").exception, UnknownKey)


def test_a_new_key_is_waited_for_at_each_local_service_that_runs(
    store: MemoryObjects, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, str]] = []

    def known(url: str, token: str) -> bool:
        asked.append((url, token))
        return True

    monkeypatch.setattr(MemoryConnection, "running", frozenset({"ingest-router", "query-gateway"}))
    monkeypatch.setattr(known_keys, "door_knows", known)
    monkeypatch.setattr(known_keys, "gateway_knows", known)
    made = lake_keys("create", "analysts")
    token = made.stdout.strip()
    assert asked == [(MemoryConnection.router_url, token), (MemoryConnection.gateway_url, token)]
    assert "The door knows it" in made.stderr
    assert "The gateway knows it" in made.stderr


def test_a_service_that_does_not_know_it_yet_is_named(
    store: MemoryObjects, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MemoryConnection, "running", frozenset({"query-gateway"}))

    def never(*_: object) -> bool:
        return False

    monkeypatch.setattr(known_keys, "wait_until_known", never)
    made = lake_keys("create", "analysts")
    assert made.exit_code == 0
    assert "The gateway does not know it yet" in made.stderr
    assert "door" not in made.stderr


def test_a_new_key_is_not_waited_for_elsewhere(store: MemoryObjects) -> None:
    assert "within a few seconds" in lake_keys("create", "airport-ops").stderr
