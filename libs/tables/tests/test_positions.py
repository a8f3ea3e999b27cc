"""Positions are valid by construction, and order as offsets do."""

import pytest
from tidelake.tables.positions import OffsetRange, Source


def test_a_source_names_its_tokens() -> None:
    source = Source("pQ8-_x", 3)
    assert (source.app_id, source.first_app_id) == ("pQ8-_x/3", "pQ8-_x/3/first")


@pytest.mark.parametrize(("topic_id", "partition"), [("", 0), ("a/b", 0), ("a", -1)])
def test_a_source_that_names_nothing_cannot_be_made(topic_id: str, partition: int) -> None:
    with pytest.raises(ValueError, match="must be"):
        Source(topic_id, partition)


def test_a_range_is_half_open() -> None:
    offsets = OffsetRange(3, 5)
    assert [offset in offsets for offset in (2, 3, 4, 5)] == [False, True, True, False]
    assert OffsetRange(3, 3).is_empty
    assert not offsets.is_empty


@pytest.mark.parametrize(("first", "end"), [(-1, 0), (5, 4)])
def test_a_range_that_goes_backwards_cannot_be_made(first: int, end: int) -> None:
    with pytest.raises(ValueError, match="first <= end"):
        OffsetRange(first, end)
