"""Records are cut into pieces that a producer has room for, none left out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from ingest_router.core.pieces import pieces
from tidelake.streams.producer import OutRecord


def record(size: int) -> OutRecord:
    return OutRecord("t", b"." * size)


def sizes(*of: int) -> list[list[int]]:
    cut = pieces([record(size) for size in of], most_bytes=10, most_records=3)
    return [[len(one.value or b"") for one in piece] for piece in cut]


def test_a_piece_has_as_many_records_as_fit_by_bytes_and_by_number() -> None:
    assert sizes(4, 6, 1, 9, 1) == [[4, 6], [1, 9], [1]]
    assert sizes(1, 1, 1, 1) == [[1, 1, 1], [1]]


def test_a_record_that_is_larger_than_a_piece_goes_alone() -> None:
    assert sizes(1, 11, 1) == [[1], [11], [1]]


def test_key_and_headers_count() -> None:
    full = OutRecord("t", b"12", b"34", [("name", b"v"), ("n", None)])
    assert len(list(pieces([full, full], most_bytes=19))) == 2
    assert len(list(pieces([full, full], most_bytes=20))) == 1


def test_of_no_record_there_is_no_piece() -> None:
    assert sizes() == []


@given(st.lists(st.integers(0, 12)))
def test_the_pieces_joined_are_the_records_and_none_is_larger_than_allowed(of: list[int]) -> None:
    cut = sizes(*of)
    assert [size for piece in cut for size in piece] == of
    assert all(len(piece) == 1 or (sum(piece) <= 10 and len(piece) <= 3) for piece in cut)
