"""The sender's names for its records."""

from __future__ import annotations

import orjson
from hypothesis import given
from hypothesis import strategies as st
from ingest_router.core.decisions import given_id

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.text('a",[]/\\ 0', max_size=6)
KEYED = st.tuples(st.integers(0, 12), TEXT, TEXT)  # index, key, producer


def keyed(record: tuple[int, str, str]) -> str | None:
    index, key, producer = record
    return given_id(index, None, key, producer)


def test_two_producers_that_use_the_same_key_name_different_events() -> None:
    assert given_id(0, None, "load-7", "terminals") == '["terminals","load-7",0]'
    assert given_id(0, None, "load-7", "airlines") == '["airlines","load-7",0]'


@given(one=KEYED, other=KEYED)
def test_ids_are_equal_exactly_when_producer_key_and_index_are(
    one: tuple[int, str, str], other: tuple[int, str, str]
) -> None:
    assert (keyed(one) == keyed(other)) == (one == other)


@given(record=KEYED)
def test_an_id_can_be_read_as_what_it_was_made_of(record: tuple[int, str, str]) -> None:
    index, key, producer = record
    assert orjson.loads(keyed(record) or "") == [producer, key, index]


def test_a_records_own_id_counts_before_the_key_of_its_request() -> None:
    assert given_id(0, "mine", "load-7", "terminals") == "mine"


def test_without_id_and_key_a_sender_names_nothing() -> None:
    assert given_id(0, None, None, "terminals") is None
