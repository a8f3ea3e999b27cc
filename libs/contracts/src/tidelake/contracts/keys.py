"""API keys: who may send and ask. A key's secret is shown once and kept nowhere; the lake keeps its hash."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

import msgspec
from tidelake.contracts import names
from tidelake.contracts.small_objects import MAX_WORD_BYTES, UnusableObject, usable
from tidelake.tables.objects import Objects

DATA_ENGINEERING = "data-engineering"
"""The role that reads every dataset in all layers, unmasked, without being in any contract."""

_SECRET_BYTES = 24
_ID_BYTES = 6
_TOKEN = re.compile(r"tl_(?P<id>[0-9a-f]{12})_(?P<secret>[0-9a-f]{48})")
_KEY_PATH = re.compile(r"keys/(?P<id>[^/]+)\.json")
_NO_HASH = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as the lake keeps it: nobody can send or ask with it."""

    id: str
    producer: (
        str  # a role of contracts: it sends where it has write access, and asks where it has read access
    )
    sha256: str  # of the secret, hex
    created_at: datetime  # UTC

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9a-f]{64}", self.sha256):
            raise ValueError("sha256 must be 64 hexadecimal digits")
        if not self.producer:
            raise ValueError("producer must not be empty")
        if self.created_at.tzinfo is None:
            raise ValueError("created_at must have a time zone")


@dataclass(frozen=True, slots=True)
class KeyChanges:
    """What a refresh found."""

    added: tuple[str, ...] = ()  # ids
    revoked: tuple[str, ...] = ()  # ids
    broken: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))  # path -> why

    def __bool__(self) -> bool:
        return bool(self.added or self.revoked or self.broken)


class KeyRing:
    """The keys that are good now. Asking is safe from any thread and never waits.

    One thread calls refresh(). What was known stays when the store can't be reached, and a key file that
    can't be read bars its own key alone.
    """

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._generations: dict[str, int] = {}
        self._keys: Mapping[str, ApiKey] = MappingProxyType({})
        self._broken: Mapping[str, str] = MappingProxyType({})

    def __len__(self) -> int:
        return len(self._keys)

    def broken(self) -> Mapping[str, str]:
        """Key files that can't be read, and why."""
        return self._broken

    def producer_of(self, token: str) -> str | None:
        """Whose key it is, or None. Takes the same time for a wrong secret as for a right one."""
        match = _TOKEN.fullmatch(token)
        if match is None:
            return None
        key = self._keys.get(match["id"])
        same = hmac.compare_digest(_hash(match["secret"]), key.sha256 if key else _NO_HASH)
        return key.producer if key and same else None

    def refresh(self) -> KeyChanges:
        """Read what changed since the last call.

        Raises StoreUnavailable or StoreRefused; the keys known before then stay good.
        """
        keys, broken = dict(self._keys), dict(self._broken)
        newly_broken: dict[str, str] = {}
        added: list[str] = []
        generations: dict[str, int] = {}
        for entry in self._objects.list(names.KEYS):
            match = _KEY_PATH.fullmatch(entry.path)
            if match is None:
                continue
            generations[entry.path] = entry.generation
            if self._generations.get(entry.path) == entry.generation:
                continue
            stored = self._objects.read(entry.path)
            if stored is None:
                del generations[entry.path]  # revoked between the listing and the reading
                continue
            keys.pop(match["id"], None)
            broken.pop(entry.path, None)
            try:
                keys[match["id"]] = _decode(match["id"], stored.content)
                added.append(match["id"])
            except UnusableObject as problem:
                newly_broken[entry.path] = broken[entry.path] = problem.reason
        there = {names.key_path(key_id): key_id for key_id in keys}
        revoked = [key_id for path, key_id in there.items() if path not in generations]
        self._keys = MappingProxyType({i: key for i, key in keys.items() if i not in revoked})
        self._broken = MappingProxyType({path: why for path, why in broken.items() if path in generations})
        self._generations = generations
        return KeyChanges(tuple(added), tuple(revoked), MappingProxyType(newly_broken))


def create_key(objects: Objects, producer: str, now: datetime) -> tuple[ApiKey, str]:
    """Make a key for a role: what is kept, and the token, which can't be had a second time."""
    while True:
        secret = secrets.token_hex(_SECRET_BYTES)
        key = ApiKey(secrets.token_hex(_ID_BYTES), producer, _hash(secret), now)
        content = msgspec.json.encode(key)
        path = names.key_path(key.id)
        if not objects.create(path, content):
            stored = objects.read(path)
            if stored is None or stored.content != content:
                continue  # the id is taken; a lost answer to our own put would have left our own content
        return key, f"tl_{key.id}_{secret}"


def list_keys(objects: Objects) -> tuple[list[ApiKey], dict[str, str]]:
    """Every key, ordered by producer and age, and the files that can't be read with the reason."""
    keys: list[ApiKey] = []
    broken: dict[str, str] = {}
    for entry in objects.list(names.KEYS):
        match = _KEY_PATH.fullmatch(entry.path)
        stored = objects.read(entry.path) if match else None
        if match is None or stored is None:
            continue
        try:
            keys.append(_decode(match["id"], stored.content))
        except UnusableObject as problem:
            broken[entry.path] = problem.reason
    return sorted(keys, key=lambda key: (key.producer, key.created_at, key.id)), broken


def revoke_key(objects: Objects, key_id: str) -> bool:
    """Make a key worthless. False: there is no such key. Doors follow within their refresh interval."""
    return objects.delete(names.key_path(key_id))


def _decode(key_id: str, content: bytes) -> ApiKey:
    def decode(content: bytes) -> ApiKey:
        key = msgspec.json.decode(content, type=ApiKey)
        if key.id != key_id:
            raise ValueError(f"it holds the key {key.id!r}")
        return key

    return usable(names.key_path(key_id), content, MAX_WORD_BYTES, decode)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
