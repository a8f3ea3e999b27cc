"""A dataset is filled from one incarnation of its topic, and from another only when that is accepted."""

from __future__ import annotations

import pytest
from tidelake.contracts.bindings import TopicBinding, accept_new_topic, bind_topic, read_binding
from tidelake.contracts.small_objects import UnusableObject
from tidelake.tables.memory_objects import MemoryObjects

FIRST, SECOND = TopicBinding("events.flights", "first"), TopicBinding("events.flights", "second")


@pytest.fixture
def store() -> MemoryObjects:
    return MemoryObjects()


def test_a_topic_is_bound_once(store: MemoryObjects) -> None:
    assert bind_topic(store, "flights", 1, FIRST) == FIRST
    assert bind_topic(store, "flights", 1, SECOND) == FIRST
    assert read_binding(store, "flights", 1) == FIRST


def test_major_versions_are_bound_apart(store: MemoryObjects) -> None:
    bind_topic(store, "flights", 1, FIRST)
    assert read_binding(store, "flights", 2) is None


def test_another_topic_is_bound_when_it_is_accepted(store: MemoryObjects) -> None:
    bind_topic(store, "flights", 1, FIRST)
    assert accept_new_topic(store, "flights", 1, SECOND)
    assert read_binding(store, "flights", 1) == SECOND


@pytest.mark.parametrize(
    "content", [b"{", b'{"topic":"\xfc","topic_id":"x"}', b"[" * 60_000, b'{"topic":"","topic_id":"x"}']
)
def test_a_binding_that_can_not_be_used_is_named(store: MemoryObjects, content: bytes) -> None:
    store.create("contracts/flights/topic-v1.json", content)
    with pytest.raises(UnusableObject, match=r"contracts/flights/topic-v1\.json"):
        read_binding(store, "flights", 1)


def test_a_topic_that_is_not_the_datasets_own_is_never_bound(store: MemoryObjects) -> None:
    store.create("contracts/weather/topic-v1.json", FIRST.encode())
    store.create("contracts/flights/topic-v2.json", FIRST.encode())
    for dataset, major in (("weather", 1), ("flights", 2)):
        with pytest.raises(UnusableObject, match=r"it binds the topic 'events\.flights'"):
            read_binding(store, dataset, major)


def test_accepting_binds_what_was_never_bound(store: MemoryObjects) -> None:
    assert accept_new_topic(store, "flights", 1, FIRST)
    assert read_binding(store, "flights", 1) == FIRST
