"""Published contracts: found without a restart, kept when the store is away, none harmed by a broken one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from tidelake.contracts.bindings import TopicBinding, accept_new_topic, bind_topic
from tidelake.contracts.contract import Version
from tidelake.contracts.loading import parse_contract
from tidelake.contracts.publishing import publish
from tidelake.contracts.registry import PublishedContracts
from tidelake.tables.errors import StoreUnavailable
from tidelake.tables.memory_objects import MemoryObjects
from tidelake.tables.objects import ObjectEntry, StoredObject


class Store(MemoryObjects):
    """A store in memory that can be away and counts what is read."""

    def __init__(self) -> None:
        super().__init__()
        self.away = False
        self.away_for: str | None = None
        self.read_paths: list[str] = []

    def read(self, path: str) -> StoredObject | None:
        self.read_paths.append(path)
        if self.away or path == self.away_for:
            raise StoreUnavailable("read", path, "no route")
        return super().read(path)

    def list(self, prefix: str) -> Sequence[ObjectEntry]:
        if self.away:
            raise StoreUnavailable("list", prefix, "no route")
        return super().list(prefix)


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def schema(examples: Path) -> bytes:
    return (examples / "flights.schema.json").read_bytes()


def put(
    store: MemoryObjects, text: str, schema: bytes, version: str = "1.0.0", dataset: str = "flights"
) -> None:
    text = text.replace("version: 1.0.0", f"version: {version}").replace("name: flights", f"name: {dataset}")
    text = text.replace("element: flights", f"element: {dataset}")
    publish(store, parse_contract(text, "test"), text.encode(), schema)


def test_a_published_contract_is_found_at_the_next_refresh(
    store: Store, flights_text: str, schema: bytes
) -> None:
    contracts = PublishedContracts(store)
    assert not contracts.refresh()
    put(store, flights_text, schema)
    changes = contracts.refresh()
    assert [str(found.contract.version) for found in changes.published] == ["1.0.0"]
    newest = contracts.newest("flights")
    assert newest is not None
    assert newest.json_schema == schema
    assert not contracts.refresh()


def test_the_newest_version_is_the_highest_and_not_the_latest(
    store: Store, flights_text: str, schema: bytes
) -> None:
    contracts = PublishedContracts(store)
    for version in ("1.10.0", "1.9.0", "2.0.0", "1.2.0"):
        put(store, flights_text, schema, version)
        contracts.refresh()
    newest, newest_of_first = contracts.newest("flights"), contracts.newest_of("flights", 1)
    assert newest is not None
    assert newest_of_first is not None
    assert (str(newest.contract.version), str(newest_of_first.contract.version)) == ("2.0.0", "1.10.0")
    assert [found.table for found in contracts.tables()] == [("flights", 1), ("flights", 2)]
    assert contracts.version("flights", Version(1, 2, 0)) is not None
    assert contracts.version("flights", Version(1, 3, 0)) is None


def test_a_refresh_reads_only_what_is_new(store: Store, flights_text: str, schema: bytes) -> None:
    put(store, flights_text, schema)
    contracts = PublishedContracts(store)
    contracts.refresh()
    store.read_paths.clear()
    put(store, flights_text, schema, "1.1.0")
    store.read_paths.clear()
    contracts.refresh()
    assert sorted(store.read_paths) == ["contracts/flights/1.1.0.schema.json", "contracts/flights/1.1.0.yaml"]


def test_a_contract_whose_schema_is_not_there_yet_is_found_when_it_is(
    store: Store, flights_text: str, schema: bytes
) -> None:
    store.create("contracts/flights/1.0.0.yaml", flights_text.encode())
    contracts = PublishedContracts(store)
    assert not contracts.refresh()
    store.create("contracts/flights/1.0.0.schema.json", schema)
    assert len(contracts.refresh().published) == 1


def test_what_was_known_stays_when_the_store_is_away(store: Store, flights_text: str, schema: bytes) -> None:
    put(store, flights_text, schema)
    contracts = PublishedContracts(store)
    contracts.refresh()
    store.away = True
    with pytest.raises(StoreUnavailable):
        contracts.refresh()
    assert contracts.newest("flights") is not None
    store.away = False
    assert not contracts.refresh()


def test_a_store_that_goes_away_in_the_middle_leaves_nothing_half_read(
    store: Store, flights_text: str, schema: bytes
) -> None:
    contracts = PublishedContracts(store)
    put(store, flights_text, schema)
    put(store, flights_text, schema, dataset="trains")
    store.away_for = "contracts/trains/1.0.0.yaml"
    with pytest.raises(StoreUnavailable):
        contracts.refresh()
    store.away_for = None
    assert [found.contract.dataset for found in contracts.refresh().published] == ["flights", "trains"]


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("contracts/broken/1.0.0.yaml", b"\xff"),
        ("contracts/broken/1.0.0.yaml", b"apiVersion: v3.2.0\nkind: DataContract\n"),
        ("contracts/broken/topic-v1.json", b"{"),
        ("contracts/broken/topic-v1.json", b'{"topic":"x"}'),
        ("contracts/flights/1.1.0.yaml", None),
        ("contracts/flights/2.0.0.yaml", b"[" * 100_000),
        ("contracts/flights/2.0.0.yaml", b"a: &a [x]\nb: [*a]\n"),
        ("contracts/flights/2.0.0.yaml", b"version: " + b"9" * 5000),
        ("contracts/flights/2.0.0.yaml", b"version: '1." + b"9" * 5000 + b".0'"),
        ("contracts/flights/2.0.0.yaml", b"# " + b"a" * 1024 * 1024),
        ("contracts/broken/topic-v1.json", b'{"topic":"\xfc","topic_id":"x"}'),
        ("contracts/broken/topic-v1.json", b'{"topic":' + b"[" * 60_000),
        (
            "contracts/broken/topic-v1.json",
            b'{"topic":"events.broken","topic_id":"x"' + b" " * 65_536 + b"}",
        ),
        ("contracts/broken/topic-v" + "9" * 5000 + ".json", b'{"topic":"events.broken","topic_id":"x"}'),
        ("contracts/broken/topic-v1.json", b'{"topic":"","topic_id":"x"}'),
        ("contracts/broken/topic-v1.json", b'{"topic":"events.flights","topic_id":"x"}'),
        ("contracts/broken/topic-v0.json", b'{"topic":"events.broken","topic_id":"x"}'),
        ("contracts/broken/topic-v01.json", b'{"topic":"events.broken","topic_id":"x"}'),
        ("contracts/broken/topic-v\u0663.json", b'{"topic":"events.broken","topic_id":"x"}'),
    ],
)
def test_a_broken_object_harms_no_other_and_is_told_once(
    store: Store, flights_text: str, schema: bytes, path: str, content: bytes | None
) -> None:
    store.create(path, flights_text.encode() if content is None else content)
    if path.endswith(".yaml"):
        store.create(path.replace(".yaml", ".schema.json"), schema)
    put(store, flights_text, schema)
    contracts = PublishedContracts(store)
    changes = contracts.refresh()
    assert list(changes.broken) == [path]
    assert contracts.newest("flights") is not None
    assert not contracts.refresh()
    assert list(contracts.broken()) == [path]


@pytest.mark.parametrize(
    "schema",
    [
        b'{"type": "nonsense"}',
        b"\xff",
        b'{"a":' * 100_000,
        b'{"properties":' * 300 + b"{}" + b"}" * 300,
        b'{"minimum":' + b"9" * 5000 + b"}",
        b'{"$ref":"http://127.0.0.1:1/schema"}',
        b'{"properties":{"k":{"$ref":"file:///etc/hostname"}}}',
        b'{"$schema":"http://127.0.0.1:1/schema"}',
        b"{}" + b" " * 1024 * 1024,
    ],
)
def test_a_contract_with_a_broken_schema_is_not_served(
    store: Store, flights_text: str, schema: bytes
) -> None:
    put(store, flights_text, schema)
    contracts = PublishedContracts(store)
    assert list(contracts.refresh().broken) == ["contracts/flights/1.0.0.yaml"]
    assert contracts.newest("flights") is None


def test_other_objects_are_left_alone(store: Store) -> None:
    store.create("contracts/README.md", b"hello")
    store.create("contracts/flights/draft.yaml", b"hello")
    assert not PublishedContracts(store).refresh()


def test_a_new_topic_is_accepted_only_by_command_and_seen_by_everybody(store: Store) -> None:
    first, second = TopicBinding("events.flights", "first"), TopicBinding("events.flights", "second")
    bind_topic(store, "flights", 1, first)
    contracts = PublishedContracts(store)
    assert dict(contracts.refresh().bound) == {("flights", 1): first}
    assert accept_new_topic(store, "flights", 1, second)
    assert dict(contracts.refresh().bound) == {("flights", 1): second}
    assert contracts.binding("flights", 1) == second
    assert contracts.binding("flights", 2) is None
