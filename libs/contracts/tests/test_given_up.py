"""The object by which a person gives offsets up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tidelake.contracts.given_up import (
    decode_given_up,
    encode_given_up,
    give_up,
    gives_up,
    lost_offsets,
    read_all_given_up,
    read_given_up,
)
from tidelake.tables.memory_objects import MemoryObjects
from tidelake.tables.positions import OffsetRange, Source

SOURCE = Source("topic-id", 2)
PATH = "contracts/flights/given-up/topic-id/2-30.json"
LOST = OffsetRange(30, 41)


@pytest.fixture
def store() -> MemoryObjects:
    return MemoryObjects()


def test_lost_is_what_lies_between_the_tables_token_and_the_logs_start() -> None:
    assert lost_offsets(30, 41) == LOST
    assert lost_offsets(41, 41) is None
    assert lost_offsets(50, 41) is None


def test_nothing_is_lost_of_what_bronze_never_began_to_read() -> None:
    assert lost_offsets(None, 41) is None


def test_it_lies_beside_the_datasets_contract_and_names_the_place(store: MemoryObjects) -> None:
    give_up(store, "flights", SOURCE, LOST)
    assert [entry.path for entry in store.list("")] == [PATH]


def test_it_says_which_offsets(store: MemoryObjects) -> None:
    assert give_up(store, "flights", SOURCE, LOST) == LOST
    assert read_given_up(store, "flights", SOURCE, 30) == LOST
    assert read_given_up(store, "flights", SOURCE, 31) is None
    stored = store.read(PATH)
    assert stored is not None
    assert stored.content == b'{"first":30,"end":41}'


@given(st.integers(0, 2**62), st.integers(0, 2**62))
def test_what_is_written_is_what_is_read(one: int, other: int) -> None:
    offsets = OffsetRange(min(one, other), max(one, other))
    assert decode_given_up(encode_given_up(offsets)) == offsets


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"yes",
        b"{}",
        b'{"first":5,"end":3}',
        b'{"first":"5","end":9}',
        b'{"first":"\xff","end":9}',
        b'{"why":' + b"[" * 60_000,
        b'{"first":5,"end":' + b"9" * 5000 + b"}",
        b'{"first":5,"end":9}' + b" " * 65_536,
    ],
)
def test_one_that_says_nothing_clear_gives_nothing_up(content: bytes) -> None:
    assert decode_given_up(content) is None


def test_giving_up_twice_changes_nothing(store: MemoryObjects) -> None:
    give_up(store, "flights", SOURCE, LOST)
    before = store.list("")
    assert give_up(store, "flights", SOURCE, LOST) == LOST
    assert store.list("") == before


def test_what_was_given_up_before_kafka_deleted_more_stays(store: MemoryObjects) -> None:
    give_up(store, "flights", SOURCE, OffsetRange(30, 35))
    before = store.list("")
    assert give_up(store, "flights", SOURCE, LOST) == OffsetRange(30, 35)
    assert store.list("") == before


@pytest.mark.parametrize("wrong", [b"30-41", b'{"first":29,"end":41}', b'{"first":30,"end":42}'])
def test_a_word_that_frees_nothing_is_replaced(store: MemoryObjects, wrong: bytes) -> None:
    store.create(PATH, wrong)
    assert give_up(store, "flights", SOURCE, LOST) == LOST
    assert read_given_up(store, "flights", SOURCE, 30) == LOST


@pytest.mark.parametrize(
    "said", [OffsetRange(29, 41), OffsetRange(31, 41), OffsetRange(30, 42), OffsetRange(30, 30)]
)
def test_only_lost_offsets_can_be_given_up_and_from_the_first_on(said: OffsetRange) -> None:
    assert not gives_up(said, LOST)


def test_some_of_the_lost_offsets_can_be_given_up() -> None:
    assert gives_up(LOST, LOST)
    assert gives_up(OffsetRange(30, 31), LOST)


def test_everything_that_was_given_up_of_a_topic_is_found(store: MemoryObjects) -> None:
    for token, end in ((100, 120), (30, 41), (41, 50)):
        give_up(store, "flights", SOURCE, OffsetRange(token, end))
    give_up(store, "flights", Source("topic-id", 22), OffsetRange(1, 2))
    give_up(store, "flights", Source("other-id", 2), OffsetRange(1, 2))
    store.create("contracts/flights/given-up/topic-id/2-7.json", b"what?")
    store.create("contracts/flights/given-up/topic-id/notes.txt", b"what?")
    store.create("contracts/flights/given-up/topic-id/" + "9" * 5000 + "-7.json", b'{"first":7,"end":8}')
    store.create("contracts/flights/given-up/topic-id/2-8.json", b"\xff")
    assert read_all_given_up(store, "flights", "topic-id") == {
        2: [OffsetRange(30, 41), OffsetRange(41, 50), OffsetRange(100, 120)],
        22: [OffsetRange(1, 2)],
    }
