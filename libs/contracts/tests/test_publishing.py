"""Publishing may be repeated, and never changes what is published."""

from __future__ import annotations

from pathlib import Path

import pytest
from tidelake.contracts import names
from tidelake.contracts.loading import parse_contract
from tidelake.contracts.publishing import VersionTaken, publish
from tidelake.contracts.registry import PublishedContracts
from tidelake.tables.memory_objects import MemoryObjects


@pytest.fixture
def store() -> MemoryObjects:
    return MemoryObjects()


@pytest.fixture
def schema(examples: Path) -> bytes:
    return (examples / "flights.schema.json").read_bytes()


def test_publishing_twice_changes_nothing(store: MemoryObjects, flights_text: str, schema: bytes) -> None:
    contract = parse_contract(flights_text, "test")
    assert publish(store, contract, flights_text.encode(), schema)
    assert not publish(store, contract, flights_text.encode(), schema)


def test_a_published_version_never_changes(store: MemoryObjects, flights_text: str, schema: bytes) -> None:
    publish(store, parse_contract(flights_text, "test"), flights_text.encode(), schema)
    changed = flights_text + "# another thought\n"
    with pytest.raises(VersionTaken, match=r"1\.0\.1"):
        publish(store, parse_contract(changed, "test"), changed.encode(), schema)
    stored = store.read("contracts/flights/1.0.0.yaml")
    assert stored is not None
    assert stored.content == flights_text.encode()


def test_publishing_that_was_cut_off_is_completed_by_the_next(
    store: MemoryObjects, flights_text: str, schema: bytes
) -> None:
    store.create("contracts/flights/1.0.0.yaml", flights_text.encode())
    assert publish(store, parse_contract(flights_text, "test"), flights_text.encode(), schema)
    assert PublishedContracts(store).refresh().published


def test_a_schema_that_is_published_stays_as_it_is(
    store: MemoryObjects, flights_text: str, schema: bytes
) -> None:
    publish(store, parse_contract(flights_text, "test"), flights_text.encode(), schema)
    assert not publish(store, parse_contract(flights_text, "test"), flights_text.encode(), schema + b"\n")
    stored = store.read(names.json_schema_path("flights", "1.0.0"))
    assert stored is not None
    assert stored.content == schema
