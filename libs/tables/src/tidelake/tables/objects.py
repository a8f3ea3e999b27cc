"""Small objects below the lake's root: contracts, keys, locks. Tables are Delta's, not this port's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StoredObject:
    """Content together with the generation that it belongs to."""

    content: bytes
    generation: int  # changes with every write; what replace() compares


@dataclass(frozen=True, slots=True, order=True)
class ObjectEntry:
    """One line of a listing."""

    path: str  # below the lake's root, without a leading slash
    generation: int
    updated: datetime  # UTC, the store's clock


class Objects(Protocol):
    """Whole small objects with atomic preconditions. Paths are relative to the lake's root.

    Every method raises StoreUnavailable when the store can't be reached in bounded time and StoreRefused
    when trying again does not help.
    """

    def read(self, path: str) -> StoredObject | None:
        """Newest content, or None when there is no such object."""
        ...

    def create(self, path: str, content: bytes) -> bool:
        """Put if absent: of any number of callers at once exactly one gets True.

        False: there is an object already. It may be this very call's when the first answer was lost and
        the client asked again; a caller that must know reads it and compares the content.
        """
        ...

    def replace(self, path: str, content: bytes, generation: int) -> bool:
        """Write only if the object is still at `generation`. False: it is not (lost answers: see create)."""
        ...

    def list(self, prefix: str) -> Sequence[ObjectEntry]:
        """Every object whose path starts with the text `prefix`, ordered by path."""
        ...

    def delete(self, path: str) -> bool:
        """Remove the object. False: there was none."""
        ...
