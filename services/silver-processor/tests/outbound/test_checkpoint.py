"""Before it starts, a stream knows whether its first batch was begun before."""

from __future__ import annotations

import pytest
from silver_processor.outbound.checkpoint import batch_under_way
from tidelake.tables.memory_objects import MemoryObjects


@pytest.mark.parametrize(
    ("files", "under_way"),
    [
        ([], False),
        (["metadata", "offsets/0"], True),
        (["offsets/0", "commits/0"], False),
        (["offsets/9", "offsets/10", "commits/9"], True),
        (["offsets/9", "offsets/10", "commits/9", "commits/10"], False),
        (["offsets/.1.0f.tmp"], False),
    ],
)
def test_a_batch_is_under_way_if_it_was_planned_and_not_committed(files: list[str], under_way: bool) -> None:
    objects = MemoryObjects()
    for file in files:
        objects.create(f"checkpoints/silver-processor/silver/trips/{file}", b"")
    objects.create("checkpoints/silver-processor/silver/trips_v2/offsets/5", b"")
    assert batch_under_way(objects, "checkpoints/silver-processor/silver/trips") == under_way
