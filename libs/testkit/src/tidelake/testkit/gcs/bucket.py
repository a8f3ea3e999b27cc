"""A bucket in memory: objects by name, and the names in order for listings."""

from bisect import bisect_left, insort

from tidelake.testkit.gcs.objects import StoredObject


class Bucket:
    """The current objects of one bucket. Names are ordered by code point, which is UTF-8's byte order."""

    def __init__(self, name: str, created_us: int) -> None:
        self.name = name
        self.created_us = created_us
        self._objects: dict[str, StoredObject] = {}
        self._names: list[str] = []

    def __len__(self) -> int:
        return len(self._names)

    def get(self, name: str) -> StoredObject | None:
        return self._objects.get(name)

    def set(self, stored: StoredObject) -> None:
        if stored.name not in self._objects:
            insort(self._names, stored.name)
        self._objects[stored.name] = stored

    def remove(self, name: str) -> None:
        del self._objects[name]
        del self._names[bisect_left(self._names, name)]

    def first_from(self, name: str) -> int:
        """Rank of the first name that is not below this one."""
        return bisect_left(self._names, name)

    def name_at(self, rank: int) -> str | None:
        """The name of that rank, or None behind the last."""
        return self._names[rank] if rank < len(self._names) else None
