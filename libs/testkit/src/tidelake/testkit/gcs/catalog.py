"""The catalogue: which generation is current for each name, in SQLite. A row refers to a whole file only."""

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import orjson
from tidelake.testkit.gcs.objects import Attributes, Digest, StoredObject

_SCHEMA = """
CREATE TABLE IF NOT EXISTS buckets (name TEXT PRIMARY KEY, created_us INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS objects (
    bucket TEXT NOT NULL,
    name TEXT NOT NULL,
    generation INTEGER NOT NULL,
    metageneration INTEGER NOT NULL,
    size INTEGER NOT NULL,
    crc32c INTEGER NOT NULL,
    md5 BLOB,
    attributes BLOB NOT NULL,
    created_us INTEGER NOT NULL,
    updated_us INTEGER NOT NULL,
    PRIMARY KEY (bucket, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS newest (only INTEGER PRIMARY KEY CHECK (only = 1), generation INTEGER NOT NULL);
INSERT OR IGNORE INTO newest VALUES (1, 0);
"""


class Catalog:
    """Rows on disk. Each change is one transaction: it is there after a kill, or it never was.

    Without `fsync` a transaction survives the end of the process, but not a power loss.
    """

    def __init__(self, path: Path, *, fsync: bool) -> None:
        self._connection = sqlite3.connect(path)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute(f"PRAGMA synchronous = {'FULL' if fsync else 'OFF'}")
        self._connection.executescript(_SCHEMA)

    def close(self) -> None:
        self._connection.close()

    def buckets(self) -> list[tuple[str, int]]:
        """Name and creation time, in microseconds, of each bucket."""
        return list(self._connection.execute("SELECT name, created_us FROM buckets"))

    def objects(self) -> Iterator[StoredObject]:
        """All current objects, by bucket and name."""
        for row in self._connection.execute(
            "SELECT bucket, name, generation, metageneration, size, crc32c, md5, attributes, created_us,"
            " updated_us FROM objects ORDER BY bucket, name"
        ):
            bucket, name, generation, metageneration, size, crc32c, md5, attributes, created, updated = row
            yield StoredObject(
                bucket,
                name,
                generation,
                metageneration,
                Digest(size, crc32c, md5),
                _read_attributes(attributes),
                created,
                updated,
            )

    def newest_generation(self) -> int:
        """The largest generation ever given, whether or not its object is still there."""
        (generation,) = self._connection.execute("SELECT generation FROM newest").fetchone()
        return generation

    def add_bucket(self, name: str, created_us: int) -> None:
        with self._connection:
            self._connection.execute("INSERT INTO buckets VALUES (?, ?)", (name, created_us))

    def change(self, put: Sequence[StoredObject] = (), gone: Sequence[StoredObject] = ()) -> None:
        """Makes these objects current and those gone, all or none of it."""
        with self._connection as connection:
            for stored in gone:
                connection.execute(
                    "DELETE FROM objects WHERE bucket = ? AND name = ?", (stored.bucket, stored.name)
                )
            for stored in put:
                connection.execute(
                    "INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", _row(stored)
                )
                connection.execute("UPDATE newest SET generation = max(generation, ?)", (stored.generation,))


def _row(stored: StoredObject) -> tuple[object, ...]:
    attributes = stored.attributes
    return (
        stored.bucket,
        stored.name,
        stored.generation,
        stored.metageneration,
        stored.digest.size,
        stored.digest.crc32c,
        stored.digest.md5,
        orjson.dumps([attributes.content_type, dict(attributes.custom), dict(attributes.fields)]),
        stored.created_us,
        stored.updated_us,
    )


def _read_attributes(text: bytes) -> Attributes:
    content_type, custom, fields = orjson.loads(text)
    return Attributes(content_type, custom, fields)
