"""What a stream's checkpoint says before Spark opens it."""

from __future__ import annotations

from collections.abc import Generator

from tidelake.tables.objects import Objects


def batch_under_way(objects: Objects, checkpoint: str) -> bool:
    """Whether Spark has planned a batch that it has not committed, and will begin with it again.

    `checkpoint`: its path below the lake's root. Raises StoreUnavailable, StoreRefused.
    """
    planned, committed = (_batches(objects, f"{checkpoint}/{folder}/") for folder in ("offsets", "commits"))
    return max(planned, default=-1) > max(committed, default=-1)


def _batches(objects: Objects, folder: str) -> Generator[int]:
    for entry in objects.list(folder):
        if (name := entry.path.removeprefix(folder)).isdigit():  # other files are Spark's drafts
            yield int(name)
