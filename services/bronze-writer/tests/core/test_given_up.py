"""The object by which a person gives offsets up."""

import pytest
from bronze_writer.core.given_up import decode_given_up, given_up_path
from tidelake.tables.positions import OffsetRange, Source


def test_it_lies_beside_the_datasets_contract_and_names_the_place() -> None:
    path = given_up_path("flights", Source("topic-id", 2), 30)
    assert path == "contracts/flights/given-up/topic-id/2-30.json"


def test_it_says_which_offsets() -> None:
    assert decode_given_up(b'{"first":30,"end":41}') == OffsetRange(30, 41)


@pytest.mark.parametrize("content", [b"", b"yes", b"{}", b'{"first":5,"end":3}', b'{"first":"5","end":9}'])
def test_one_that_says_nothing_clear_gives_nothing_up(content: bytes) -> None:
    assert decode_given_up(content) is None
