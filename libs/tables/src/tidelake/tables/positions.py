"""Where a row of bronze comes from: pure values, shared by the writer, the audit and every later reader."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """One partition of one incarnation of a topic.

    A topic that is made anew keeps its name and starts at offset 0 again, but gets another topic id:
    (topic id, partition, offset) names a record for ever, (topic, partition, offset) does not.
    """

    topic_id: str  # Kafka's own spelling: URL-safe base64 without padding
    partition: int

    def __post_init__(self) -> None:
        if not self.topic_id or "/" in self.topic_id:
            raise ValueError(f"topic_id must be URL-safe base64, not {self.topic_id!r}")
        if self.partition < 0:
            raise ValueError(f"partition must be 0 or more, not {self.partition}")

    @property
    def app_id(self) -> str:
        """Delta application id whose transaction version is this source's next offset."""
        return f"{self.topic_id}/{self.partition}"

    @property
    def first_app_id(self) -> str:
        """Delta application id whose transaction version is the first offset that bronze covers."""
        return f"{self.topic_id}/{self.partition}/first"


@dataclass(frozen=True, slots=True, order=True)
class OffsetRange:
    """Half-open range of offsets. May hold fewer records than offsets: transaction markers,
    aborted and compacted records take offsets and are no rows."""

    first: int  # included
    end: int  # not included

    def __post_init__(self) -> None:
        if not 0 <= self.first <= self.end:
            raise ValueError(f"an offset range needs 0 <= first <= end, not [{self.first}, {self.end})")

    @property
    def is_empty(self) -> bool:
        """No offset at all is in it (a range of markers alone is not empty)."""
        return self.first == self.end

    def __contains__(self, offset: int) -> bool:
        return self.first <= offset < self.end
