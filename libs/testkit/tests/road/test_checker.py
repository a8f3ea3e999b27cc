from dataclasses import replace

from tidelake.testkit.road.checker import compare
from tidelake.testkit.road.records import Content, Position

_FIRST, _SECOND = Position("t1", 0, 0), Position("t1", 0, 1)
_CONTENT = Content(b"k", b"v", (("h", None),), 1)
_KAFKA = {_FIRST: _CONTENT, _SECOND: _CONTENT}


def test_equal_records_and_rows_are_clean() -> None:
    found = compare(_KAFKA, list(_KAFKA.items()), {_FIRST: b"v"})
    assert found.clean
    assert str(found) == "2 records, 2 rows, 1 acknowledged, no fault"


def test_a_missing_row_is_lost() -> None:
    found = compare(_KAFKA, [(_FIRST, _CONTENT)])
    assert found.lost == (_SECOND,)
    assert not found.clean


def test_a_row_that_stands_twice_is_doubled() -> None:
    found = compare(_KAFKA, [*_KAFKA.items(), (_FIRST, _CONTENT)])
    assert found.doubled == (_FIRST,)
    assert not found.clean


def test_the_same_offset_of_another_incarnation_is_another_record() -> None:
    other = Position("t2", 0, 0)
    found = compare(_KAFKA, [*_KAFKA.items(), (other, _CONTENT)])
    assert found.unknown == (other,)
    assert not found.doubled


def test_other_bytes_are_altered() -> None:
    for wrong in (
        replace(_CONTENT, key=None),
        replace(_CONTENT, value=b""),
        replace(_CONTENT, headers=()),
        replace(_CONTENT, timestamp_ms=2),
    ):
        found = compare(_KAFKA, [(_FIRST, wrong), (_SECOND, _CONTENT)])
        assert found.altered == (_FIRST,)
        assert not found.clean


def test_an_acknowledged_position_must_be_in_bronze_even_if_kafka_forgot_it() -> None:
    forgotten = Position("t1", 0, 7)
    found = compare(_KAFKA, list(_KAFKA.items()), {_FIRST: b"v", forgotten: b"v"})
    assert found.unkept == (forgotten,)
    assert "1 unkept, e.g. t1/0@7" in str(found)


def test_a_row_must_hold_what_its_sender_sent() -> None:
    found = compare(_KAFKA, list(_KAFKA.items()), {_FIRST: b"something else"})
    assert found.altered == (_FIRST,)
