from datetime import timedelta
from pathlib import Path

import pytest
from ingest_router.outbound.catalogue import Catalogue
from tidelake.contracts import names
from tidelake.contracts.keys import create_key
from tidelake.tables.memory_objects import MemoryObjects
from tidelake.testkit.clock import FakeClock

PUBLISHED = Path(__file__).parents[1] / "published"
TEXT = (PUBLISHED / "trips.odcs.yaml").read_text(encoding="utf-8")
SCHEMA = (PUBLISHED / "trips.schema.json").read_bytes()


@pytest.fixture
def objects() -> MemoryObjects:
    return MemoryObjects()


@pytest.fixture
def catalogue(objects: MemoryObjects, clock: FakeClock) -> Catalogue:
    return Catalogue(objects, clock, timedelta(hours=1))


def publish(objects: MemoryObjects, version: str, text: str = TEXT, schema: bytes = SCHEMA) -> None:
    objects.create(names.json_schema_path("trips", version), schema)
    objects.create(names.contract_path("trips", version), text.replace("1.0.0", version).encode())


def refresh(catalogue: Catalogue) -> None:
    catalogue.refresh_keys()
    catalogue.refresh_contracts()


def served_version(catalogue: Catalogue) -> str | None:
    found = catalogue.find("trips")
    return None if found is None else str(found.contract.version)


def test_a_contract_published_later_is_served_without_a_restart(
    objects: MemoryObjects, catalogue: Catalogue
) -> None:
    assert catalogue.why_closed() is not None
    refresh(catalogue)
    assert catalogue.why_closed() is None
    assert served_version(catalogue) is None
    publish(objects, "1.0.0")
    refresh(catalogue)
    assert served_version(catalogue) == "1.0.0"


def test_the_newest_version_is_served_and_1_10_is_newer_than_1_9(
    objects: MemoryObjects, catalogue: Catalogue
) -> None:
    for version in ("1.10.0", "1.9.0"):
        publish(objects, version)
    refresh(catalogue)
    assert served_version(catalogue) == "1.10.0"


def test_a_new_major_version_is_served_beside_the_old_one_and_moves_nobody(
    objects: MemoryObjects, catalogue: Catalogue
) -> None:
    publish(objects, "1.0.0")
    refresh(catalogue)
    publish(objects, "2.0.0")
    refresh(catalogue)
    first, second = catalogue.find("trips"), catalogue.find("trips.v2")
    assert first is not None
    assert second is not None
    assert (str(first.contract.version), first.topic) == ("1.0.0", "events.trips")
    assert (str(second.contract.version), second.topic) == ("2.0.0", "events.trips.v2")


def test_a_door_that_starts_later_serves_every_major_version_too(
    objects: MemoryObjects, catalogue: Catalogue
) -> None:
    for version in ("2.1.0", "1.0.0", "1.2.0", "2.0.0"):
        publish(objects, version)
    refresh(catalogue)
    assert [str(one.contract.version) for one in catalogue.served()] == ["1.2.0", "2.1.0"]


def test_each_major_version_is_succeeded_by_the_next_one_that_is_served(
    objects: MemoryObjects, catalogue: Catalogue
) -> None:
    for version in ("1.0.0", "2.0.0", "10.0.0"):
        publish(objects, version)
    refresh(catalogue)
    addresses = [one.contract.address for one in catalogue.served()]
    assert addresses == ["trips", "trips.v2", "trips.v10"]
    assert [catalogue.successor(one) for one in addresses] == ["trips.v2", "trips.v10", None]


def test_a_major_version_of_another_source_succeeds_nobody_here(
    objects: MemoryObjects, catalogue: Catalogue
) -> None:
    publish(objects, "1.0.0")
    publish(objects, "2.0.0", TEXT.replace("value: api", "value: log"))
    refresh(catalogue)
    assert catalogue.successor("trips") is None
    assert catalogue.find("trips.v2") is None


def test_a_version_whose_schema_cannot_be_used_leaves_the_one_before_it(
    objects: MemoryObjects, catalogue: Catalogue
) -> None:
    publish(objects, "1.0.0")
    refresh(catalogue)
    publish(objects, "1.1.0", schema=b'{"type": "no such type"}')
    refresh(catalogue)
    assert served_version(catalogue) == "1.0.0"
    publish(objects, "1.2.0")
    refresh(catalogue)
    assert served_version(catalogue) == "1.2.0"


def test_a_broken_contract_hides_no_other(objects: MemoryObjects, catalogue: Catalogue) -> None:
    objects.create("contracts/broken/1.0.0.yaml", b"kind: nothing")
    objects.create("contracts/broken/1.0.0.schema.json", b"{}")
    publish(objects, "1.0.0")
    refresh(catalogue)
    assert [served.contract.dataset for served in catalogue.served()] == ["trips"]


def test_a_dataset_of_another_source_takes_no_events_here(
    objects: MemoryObjects, catalogue: Catalogue
) -> None:
    publish(objects, "1.0.0", TEXT.replace("value: api", "value: log"))
    refresh(catalogue)
    assert catalogue.served() == ()


def test_a_producer_may_write_where_a_contract_names_it(
    objects: MemoryObjects, catalogue: Catalogue, clock: FakeClock
) -> None:
    publish(objects, "1.0.0")
    _, token = create_key(objects, "terminals", clock.now())
    refresh(catalogue)
    assert catalogue.producer_of(token) == "terminals"
    assert catalogue.writable("terminals") == ["trips"]
    publish(objects, "2.0.0", TEXT.replace("role: terminals", "role: airlines"))
    refresh(catalogue)
    assert catalogue.writable("terminals") == ["trips"]
    assert catalogue.writable("airlines") == ["trips.v2"]
    assert catalogue.writable("strangers") == []


def test_keys_alone_open_nothing_and_contracts_alone_neither(
    objects: MemoryObjects, clock: FakeClock
) -> None:
    keys, contracts = (Catalogue(objects, clock, timedelta(hours=1)) for _ in range(2))
    keys.refresh_keys()
    contracts.refresh_contracts()
    assert keys.why_closed() == contracts.why_closed() == "keys and contracts are not read yet"


def test_keys_are_trusted_by_the_time_at_which_they_were_read_whatever_contracts_do(
    catalogue: Catalogue, clock: FakeClock
) -> None:
    refresh(catalogue)
    clock.advance(timedelta(minutes=59))
    catalogue.refresh_keys()
    clock.advance(timedelta(minutes=59))
    catalogue.refresh_contracts()
    assert catalogue.why_closed() is None
    clock.advance(timedelta(minutes=2))
    catalogue.refresh_contracts()
    assert "keys were last read 3660 s ago" in (catalogue.why_closed() or "")


def test_broken_objects_are_told_each_time(objects: MemoryObjects, catalogue: Catalogue) -> None:
    objects.create("keys/000000000000.json", b"\xff")
    objects.create("contracts/trips/topic-v1.json", b"\xff")
    for _ in range(2):
        assert catalogue.refresh_keys().startswith("keys/000000000000.json can't be used: ")
        assert catalogue.refresh_contracts().startswith("contracts/trips/topic-v1.json can't be used: ")
