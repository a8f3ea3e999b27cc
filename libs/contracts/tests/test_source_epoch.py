"""The epoch of a source."""

import pytest
from tidelake.contracts import names
from tidelake.contracts.small_objects import UnusableObject
from tidelake.contracts.source_epoch import SourceEpoch, keep_epoch, read_epoch
from tidelake.tables.memory_objects import MemoryObjects

FIRST, OTHER = SourceEpoch("7600000000000000001", 1), SourceEpoch("7600000000000000001", 2)


def test_the_first_epoch_stays_whatever_comes_later() -> None:
    objects = MemoryObjects()
    assert read_epoch(objects, "orders", 1) is None
    assert keep_epoch(objects, "orders", 1, FIRST) == FIRST
    assert keep_epoch(objects, "orders", 1, OTHER) == FIRST
    assert read_epoch(objects, "orders", 1) == FIRST
    assert read_epoch(objects, "orders", 2) is None


def test_one_that_can_not_be_used_is_named() -> None:
    objects = MemoryObjects()
    objects.create(names.source_epoch_path("orders", 1), b'{"timeline": "first"}')
    with pytest.raises(UnusableObject, match=r"contracts/orders/source-v1.json"):
        read_epoch(objects, "orders", 1)
