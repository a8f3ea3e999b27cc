"""Parts of a stack."""

import pytest
from tidelake.local.parts import (
    ALL_PARTS,
    ROAD,
    ROAD_ALONE,
    SOURCES,
    InvalidParts,
    parts_from_environ,
)


def test_everything_is_there_unless_parts_are_named() -> None:
    assert parts_from_environ({}) == ALL_PARTS
    assert parts_from_environ({"LAKE_PARTS": " "}) == ALL_PARTS
    assert parts_from_environ({"LAKE_PARTS": "road"}) == ROAD_ALONE
    assert parts_from_environ({"LAKE_PARTS": "road, query,sources"}) == ALL_PARTS
    assert parts_from_environ({"LAKE_PARTS": "road,sources"}) == {ROAD, SOURCES}


@pytest.mark.parametrize("text", ["query", "roads", "road,", "road,silver", "road road"])
def test_what_names_no_stack_is_refused(text: str) -> None:
    with pytest.raises(InvalidParts, match="Set it to road"):
        parts_from_environ({"LAKE_PARTS": text})
