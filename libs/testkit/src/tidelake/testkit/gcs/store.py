"""The store: every change checks its precondition and becomes visible in one step, and survives a kill.

Order of a write: check, content file, catalogue row, memory. A kill before the row leaves a file that
nobody owns; a kill after it leaves the object. An old generation's file goes last of all.
"""

import errno
import fcntl
import sqlite3
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tidelake.runtime.clock import Clock
from tidelake.testkit.gcs.blobs import Blobs
from tidelake.testkit.gcs.bucket import Bucket
from tidelake.testkit.gcs.catalog import Catalog
from tidelake.testkit.gcs.contents import Content, OnDisk
from tidelake.testkit.gcs.errors import BucketExists, NoSuchBucket, NoSuchObject, OutOfRoom, TornContent
from tidelake.testkit.gcs.objects import Attributes, StoredObject, checksum, microseconds
from tidelake.testkit.gcs.preconditions import ANYTHING, Condition

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class DirectoryInUse(Exception):
    """Another emulator works on this directory."""


class Store:
    """Buckets and objects in one directory, for one process and one thread."""

    def __init__(self, directory: Path, clock: Clock, *, fsync: bool = False) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._lock = (directory / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            raise DirectoryInUse(str(directory)) from None
        self._clock = clock
        self._catalog = Catalog(directory / "catalog.sqlite", fsync=fsync)
        self._blobs = Blobs(directory / "blobs", fsync=fsync)
        self._buckets = {name: Bucket(name, created) for name, created in self._catalog.buckets()}
        self._newest = self._catalog.newest_generation()
        self._checked: set[int] = set()  # generations whose bytes are known to be whole
        generations: list[int] = []
        for stored in self._catalog.objects():
            self._buckets[stored.bucket].set(stored)
            generations.append(stored.generation)
        self._blobs.keep_only(generations)

    def close(self) -> None:
        self._catalog.close()
        self._lock.close()

    def now_us(self) -> int:
        return microseconds(self._clock.now())

    def create_bucket(self, name: str) -> Bucket:
        """Raises BucketExists."""
        if name in self._buckets:
            raise BucketExists(name)
        created_us = self.now_us()
        with room():
            self._catalog.add_bucket(name, created_us)
        return self._buckets.setdefault(name, Bucket(name, created_us))

    def has_bucket(self, name: str) -> bool:
        return name in self._buckets

    def bucket(self, name: str) -> Bucket:
        """Raises NoSuchBucket."""
        try:
            return self._buckets[name]
        except KeyError:
            raise NoSuchBucket(name) from None

    def find(self, bucket: str, name: str) -> StoredObject | None:
        return self.bucket(bucket).get(name)

    def get(
        self, bucket: str, name: str, condition: Condition = ANYTHING, generation: int | None = None
    ) -> StoredObject:
        """The current object. Raises NoSuchObject, also for another generation, before ConditionNotMet."""
        stored = self.bucket(bucket).get(name)
        if stored is None or generation not in (None, stored.generation):
            raise NoSuchObject(bucket, name if generation is None else f"{name}#{generation}")
        condition.check(stored)
        return stored

    def read(self, stored: StoredObject, start: int = 0, end: int | None = None) -> bytes:
        """The bytes from start (included) to end (not included). Raises TornContent."""
        if stored.generation not in self._checked:
            self._check_whole(stored)
        return self._blobs.read(stored.generation, start, stored.digest.size if end is None else end)

    def put(
        self, bucket: str, name: str, content: Content, attributes: Attributes, condition: Condition
    ) -> StoredObject:
        """Makes the content the current object. Raises ConditionNotMet or OutOfRoom, and changes nothing."""
        before = self.bucket(bucket).get(name)
        condition.check(before)
        return self._replace(bucket, name, content, attributes, () if before is None else (before,))

    def move(self, source: StoredObject, name: str, condition: Condition) -> StoredObject:
        """Gives the object another name in its bucket: the new name appears as the old one goes."""
        before = self.bucket(source.bucket).get(name)
        condition.check(before)
        gone = {stored.name: stored for stored in (source, before) if stored is not None}
        return self._replace(
            source.bucket, name, self.content_of(source), source.attributes, tuple(gone.values())
        )

    def content_of(self, source: StoredObject) -> OnDisk:
        """An object's content as the content of another. Raises TornContent."""
        if source.generation not in self._checked:
            self._check_whole(source)
        return OnDisk(self._blobs.path(source.generation), source.digest)

    def patch(self, stored: StoredObject, attributes: Attributes) -> StoredObject:
        """Changes what is said about an object; its content and generation stay."""
        patched = replace(
            stored,
            attributes=attributes,
            metageneration=stored.metageneration + 1,
            updated_us=self.now_us(),
        )
        with room():
            self._catalog.change(put=[patched])
        self.bucket(stored.bucket).set(patched)
        return patched

    def delete(self, stored: StoredObject) -> None:
        with room():
            self._catalog.change(gone=[stored])
        self._forget(stored)

    def _replace(
        self,
        bucket: str,
        name: str,
        content: Content,
        attributes: Attributes,
        gone: Sequence[StoredObject],
    ) -> StoredObject:
        now_us = self.now_us()
        generation = max(self._newest + 1, now_us)
        stored = StoredObject(bucket, name, generation, 1, content.digest, attributes, now_us, now_us)
        with room():
            content.place(self._blobs, generation)
            try:
                self._catalog.change(put=[stored], gone=gone)
            except sqlite3.Error:
                self._blobs.remove(generation)
                raise
        self._newest = generation
        self._checked.add(generation)
        for old in gone:
            self._forget(old)
        self._buckets[bucket].set(stored)
        return stored

    def _forget(self, stored: StoredObject) -> None:
        self._buckets[stored.bucket].remove(stored.name)
        self._checked.discard(stored.generation)
        self._blobs.remove(stored.generation)

    def _check_whole(self, stored: StoredObject) -> None:
        size = self._blobs.size(stored.generation)
        if size is None or size != stored.digest.size:
            raise TornContent(stored.bucket, stored.name, f"{size or 0} of {stored.digest.size} bytes")
        if checksum(self._blobs.read(stored.generation, 0, size)) != stored.digest.crc32c:
            raise TornContent(stored.bucket, stored.name, "other bytes")
        self._checked.add(stored.generation)


@contextmanager
def room() -> Generator[None]:
    """Turns the system's ways to say 'full' into OutOfRoom."""
    try:
        yield
    except OSError as problem:
        if problem.errno in _NO_ROOM:
            raise OutOfRoom(problem.strerror or str(problem)) from problem
        raise
    except sqlite3.OperationalError as problem:
        if problem.sqlite_errorname.startswith(("SQLITE_FULL", "SQLITE_IOERR")):
            raise OutOfRoom(f"catalogue: {problem}") from problem
        raise
