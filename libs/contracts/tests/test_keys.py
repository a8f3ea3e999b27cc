"""API keys: shown once, kept hashed, known to every door, worthless once revoked."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tidelake.contracts.keys import KeyRing, create_key, list_keys, revoke_key
from tidelake.tables.errors import StoreUnavailable
from tidelake.tables.memory_objects import MemoryObjects
from tidelake.tables.objects import ObjectEntry

NOW = datetime(2026, 1, 31, 10, 0, 0, 123000, UTC)


class Store(MemoryObjects):
    """A store in memory that can be away."""

    away = False

    def list(self, prefix: str) -> list[ObjectEntry]:
        if self.away:
            raise StoreUnavailable("list", prefix, "no route")
        return [*super().list(prefix)]


@pytest.fixture
def store() -> Store:
    return Store()


def test_a_key_is_known_after_a_refresh(store: Store) -> None:
    key, token = create_key(store, "airport-ops", NOW)
    ring = KeyRing(store)
    assert ring.producer_of(token) is None
    assert ring.refresh().added == (key.id,)
    assert ring.producer_of(token) == "airport-ops"


def test_the_secret_is_kept_nowhere(store: Store) -> None:
    key, token = create_key(store, "airport-ops", NOW)
    (entry,) = store.list("")
    stored = store.read(entry.path)
    assert stored is not None
    secret = token.removeprefix(f"tl_{key.id}_")
    assert len(bytes.fromhex(secret)) * 8 >= 128
    assert secret.encode() not in stored.content
    assert secret not in entry.path
    assert secret not in repr(key)


def test_no_two_keys_are_alike(store: Store) -> None:
    tokens = {create_key(store, "airport-ops", NOW)[1] for _ in range(20)}
    assert len(tokens) == 20


@pytest.mark.parametrize("wrong", ["", "x", "tl_", "tl__", "Bearer x", "tl_000000000000_" + "0" * 48])
def test_what_is_no_key_is_nobodys(store: Store, wrong: str) -> None:
    create_key(store, "airport-ops", NOW)
    ring = KeyRing(store)
    ring.refresh()
    assert ring.producer_of(wrong) is None


def test_another_secret_for_a_known_key_is_nobodys(store: Store) -> None:
    key, token = create_key(store, "airport-ops", NOW)
    ring = KeyRing(store)
    ring.refresh()
    other = "0" if token[-1] != "0" else "1"
    assert ring.producer_of(token[:-1] + other) is None
    assert ring.producer_of(token + "\n") is None
    assert ring.producer_of(f"tl_{key.id}_{key.sha256[:48]}") is None


def test_a_revoked_key_is_nobodys_after_a_refresh(store: Store) -> None:
    key, token = create_key(store, "airport-ops", NOW)
    _, other = create_key(store, "weather", NOW)
    ring = KeyRing(store)
    ring.refresh()
    assert revoke_key(store, key.id)
    assert not revoke_key(store, key.id)
    assert ring.refresh().revoked == (key.id,)
    assert ring.producer_of(token) is None
    assert ring.producer_of(other) == "weather"


def test_keys_stay_good_while_the_store_is_away(store: Store) -> None:
    _, token = create_key(store, "airport-ops", NOW)
    ring = KeyRing(store)
    ring.refresh()
    store.away = True
    with pytest.raises(StoreUnavailable):
        ring.refresh()
    assert ring.producer_of(token) == "airport-ops"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff",
        b"[]",
        b'{"id":"broken"}',
        b'{"id":"other","producer":"x","sha256":"' + b"0" * 64 + b'","created_at":"2026-01-31T10:00:00Z"}',
        b'{"id":"broken","producer":"x","sha256":"short","created_at":"2026-01-31T10:00:00Z"}',
        b'{"id":"broken","producer":"","sha256":"' + b"0" * 64 + b'","created_at":"2026-01-31T10:00:00Z"}',
        b'{"id":"broken","producer":"M\xfcller","sha256":"' + b"0" * 64 + b'"}',
        b'{"id":"broken","producer":"x","sha256":"' + b"0" * 64 + b'","created_at":"2026-01-31T10:00:00"}',
        b'{"id":"broken","x":' + b"[" * 60_000,
        b'{"id":"broken","x":' + b"9" * 60_000 + b"}",
        b'{"id":"broken","producer":"x","sha256":"'
        + b"0" * 64
        + b'","created_at":"2026-01-31T10:00:00Z"}'
        + b" " * 65_536,
    ],
)
def test_a_broken_key_file_bars_its_own_key_alone(store: Store, content: bytes) -> None:
    _, token = create_key(store, "airport-ops", NOW)
    store.create("keys/broken.json", content)
    ring = KeyRing(store)
    assert list(ring.refresh().broken) == ["keys/broken.json"]
    assert not ring.refresh()
    assert ring.producer_of(token) == "airport-ops"
    keys, broken = list_keys(store)
    assert [key.producer for key in keys] == ["airport-ops"]
    assert list(broken) == ["keys/broken.json"]


def test_a_key_file_that_breaks_later_bars_its_key(store: Store) -> None:
    key, token = create_key(store, "airport-ops", NOW)
    ring = KeyRing(store)
    ring.refresh()
    path = f"keys/{key.id}.json"
    stored = store.read(path)
    assert stored is not None
    store.replace(path, b"{", stored.generation)
    ring.refresh()
    assert ring.producer_of(token) is None


def test_keys_are_listed_by_producer_and_age(store: Store) -> None:
    create_key(store, "weather", NOW)
    create_key(store, "airport-ops", NOW)
    keys, broken = list_keys(store)
    assert [key.producer for key in keys] == ["airport-ops", "weather"]
    assert keys[0].created_at == NOW
    assert not broken


class _ForgetfulStore(MemoryObjects):
    """Loses the answer to its first put, so that the client's own repetition finds the object there."""

    lost = 0

    def create(self, path: str, content: bytes) -> bool:
        created = super().create(path, content)
        self.lost += 1
        return created and self.lost > 1


def test_a_lost_answer_makes_no_second_key() -> None:
    store = _ForgetfulStore()
    _, token = create_key(store, "airport-ops", NOW)
    ring = KeyRing(store)
    ring.refresh()
    assert len(ring) == 1
    assert ring.producer_of(token) == "airport-ops"
