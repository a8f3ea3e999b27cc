"""Batches are counted by a query's checkpoint, and the warm-up is left out."""

import os

from tidelake.bench.silver.metering import BatchMeter
from tidelake.tables.memory_objects import MemoryObjects


def test_only_what_comes_after_the_warm_up_counts() -> None:
    objects = MemoryObjects()
    told: list[str] = []
    meter = BatchMeter(objects, "checkpoint", os.getpid(), "us", 2, 5, told.append)
    objects.create("checkpoint/commits/.0.tmp", b"")
    objects.create("checkpoint/offsets/0", b"")
    for nth in range(5):
        assert meter.look() is None
        objects.create(f"checkpoint/commits/{nth}", b"")
    spent = meter.look()
    assert spent is not None
    assert spent.batches == 3
    assert spent.cost.cpu_seconds >= 0
    assert spent.cost.pss_bytes > 0
    assert meter.look() == spent
    assert told == [f"{nth} of 5 batches" for nth in range(6)]
