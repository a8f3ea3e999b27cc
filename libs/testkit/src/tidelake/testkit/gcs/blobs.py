"""Content on disk: one file per generation, written before anything refers to it and never changed after.

A file that no catalogue row refers to is nobody's (a write that was cut short) and is removed at start.
"""

import os
from collections.abc import Iterable
from pathlib import Path


class Blobs:
    """The files below one directory. With `fsync` a file is on the disk itself before `write` returns."""

    def __init__(self, directory: Path, *, fsync: bool) -> None:
        self._directory = directory
        self._fsync = fsync
        directory.mkdir(parents=True, exist_ok=True)

    def write(self, generation: int, content: bytes) -> None:
        """Keeps the content whole, or raises OSError and keeps nothing."""
        path = self._path(generation)
        try:
            with path.open("xb", buffering=0) as file:
                write_whole(file.fileno(), content)
                self._settle(file.fileno())
        except OSError:
            path.unlink(missing_ok=True)
            raise
        self._settle_directory()

    def link(self, generation: int, source: Path) -> None:
        """Gives an existing file's bytes a second name; the first may then go."""
        path = self._path(generation)
        os.link(source, path)
        if self._fsync:
            with path.open("rb") as file:
                self._settle(file.fileno())
        self._settle_directory()

    def path(self, generation: int) -> Path:
        return self._path(generation)

    def size(self, generation: int) -> int | None:
        """Bytes on disk, or None if there is no such file."""
        try:
            return self._path(generation).stat().st_size
        except FileNotFoundError:
            return None

    def read(self, generation: int, start: int, end: int) -> bytes:
        """The bytes from start (included) to end (not included); fewer if the file is shorter."""
        with self._path(generation).open("rb", buffering=0) as file:
            if start:
                file.seek(start)
            return file.read(end - start)

    def remove(self, generation: int) -> None:
        self._path(generation).unlink(missing_ok=True)

    def keep_only(self, generations: Iterable[int]) -> None:
        """Removes every file that none of these generations owns."""
        wanted = {str(generation) for generation in generations}
        for path in self._directory.iterdir():
            if path.name not in wanted:
                path.unlink()

    def _path(self, generation: int) -> Path:
        return self._directory / str(generation)

    def _settle(self, descriptor: int) -> None:
        if self._fsync:
            os.fsync(descriptor)

    def _settle_directory(self) -> None:
        if not self._fsync:
            return
        descriptor = os.open(self._directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def write_whole(descriptor: int, content: bytes) -> None:
    """Writes all of it; the system may take large content in pieces."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
