"""Which server, and which of its lives, the changes of a dataset are read from.

A restored or promoted database has another epoch: its log is not the one that bronze holds the changes of.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from tidelake.contracts import names
from tidelake.contracts.small_objects import MAX_WORD_BYTES, usable
from tidelake.tables.objects import Objects


@dataclass(frozen=True, slots=True)
class SourceEpoch:
    """PostgreSQL's own words: its system identifier, and the timeline of its log."""

    system_id: str
    timeline: int

    def __str__(self) -> str:
        return f"{self.system_id} on timeline {self.timeline}"


def read_epoch(objects: Objects, dataset: str, major: int) -> SourceEpoch | None:
    """The epoch that the dataset is filled from; None: it was not applied yet. Raises UnusableObject."""
    path = names.source_epoch_path(dataset, major)
    stored = objects.read(path)
    return usable(path, stored.content, MAX_WORD_BYTES, _decode) if stored else None


def keep_epoch(objects: Objects, dataset: str, major: int, found: SourceEpoch) -> SourceEpoch:
    """Keep `found` unless there is an epoch already; the one that is kept now comes back."""
    if objects.create(names.source_epoch_path(dataset, major), msgspec.json.encode(found)):
        return found
    return read_epoch(objects, dataset, major) or keep_epoch(objects, dataset, major, found)


def _decode(content: bytes) -> SourceEpoch:
    return msgspec.json.decode(content, type=SourceEpoch)
