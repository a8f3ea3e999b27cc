"""The in-memory twin of the object store. One conformance suite runs on it and on the real client."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from tidelake.tables.objects import ObjectEntry, StoredObject


class MemoryObjects:
    """Objects in a dict, with the store's preconditions. Safe to share between threads."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self._generations = itertools.count(1)
        self._objects: dict[str, tuple[StoredObject, datetime]] = {}
        self._lock = threading.Lock()

    def read(self, path: str) -> StoredObject | None:
        """See Objects.read."""
        with self._lock:
            held = self._objects.get(path)
            return held[0] if held else None

    def create(self, path: str, content: bytes) -> bool:
        """See Objects.create."""
        return self._put(path, content, expected=0)

    def replace(self, path: str, content: bytes, generation: int) -> bool:
        """See Objects.replace."""
        return self._put(path, content, expected=generation)

    def list(self, prefix: str) -> Sequence[ObjectEntry]:
        """See Objects.list."""
        with self._lock:
            return [
                ObjectEntry(path, held.generation, updated)
                for path, (held, updated) in sorted(self._objects.items())
                if path.startswith(prefix)
            ]

    def delete(self, path: str) -> bool:
        """See Objects.delete."""
        with self._lock:
            return self._objects.pop(path, None) is not None

    def _put(self, path: str, content: bytes, expected: int) -> bool:
        with self._lock:
            held = self._objects.get(path)
            if (held[0].generation if held else 0) != expected:
                return False
            self._objects[path] = (StoredObject(content, next(self._generations)), self._now())
            return True
