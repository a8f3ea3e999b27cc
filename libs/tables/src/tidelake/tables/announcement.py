"""What a commit of bronze or silver says of itself: in the commit, and once more on the topic
`bronze-commits` or `silver-commits`."""

from __future__ import annotations

from datetime import datetime

import msgspec
from tidelake.tables.positions import OffsetRange, Source

METADATA_KEY = "lake.announcement"
"""Key of the announcement in a Delta commit's own metadata."""


class AnnouncedRange(msgspec.Struct, frozen=True):
    """The offsets of one partition that a commit covers: half-open, rows counted."""

    topic_id: str
    topic: str
    partition: int
    first: int  # included
    end: int  # not included
    rows: int  # at most end - first: markers and aborted records are no rows
    lost: int = 0  # of them, at the beginning: deleted from Kafka unread, and given up by a person

    @property
    def source(self) -> Source:
        """Where these offsets are from."""
        return Source(self.topic_id, self.partition)

    @property
    def offsets(self) -> OffsetRange:
        """The offsets themselves."""
        return OffsetRange(self.first, self.end)


class Announcement(msgspec.Struct, frozen=True):
    """One commit of a table. `commit_id` is the writer's own and names the commit before it has a
    version."""

    table: str  # path below the lake's root
    dataset: str
    commit_id: str
    written_at: datetime  # UTC, whole milliseconds; the same value stands in the rows
    rows: int
    ranges: tuple[AnnouncedRange, ...]


class CommitAnnounced(msgspec.Struct, frozen=True):
    """What readers of `bronze-commits` get. A second one of the same (table, version) is a repeat."""

    table: str
    version: int
    dataset: str
    commit_id: str
    written_at: datetime
    rows: int
    ranges: tuple[AnnouncedRange, ...]

    @classmethod
    def at(cls, version: int, announcement: Announcement) -> CommitAnnounced:
        """The announcement of a commit that got this version."""
        return cls(
            announcement.table,
            version,
            announcement.dataset,
            announcement.commit_id,
            announcement.written_at,
            announcement.rows,
            announcement.ranges,
        )


def encode(value: Announcement | CommitAnnounced) -> bytes:
    """JSON of an announcement."""
    return msgspec.json.encode(value)


def decode_announcement(content: bytes | str) -> Announcement:
    """An announcement out of a commit's metadata. Raises msgspec.DecodeError."""
    return msgspec.json.decode(content, type=Announcement)


def decode_commit_announced(content: bytes) -> CommitAnnounced:
    """A value of `bronze-commits`. Raises msgspec.DecodeError."""
    return msgspec.json.decode(content, type=CommitAnnounced)
