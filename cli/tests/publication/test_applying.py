"""Putting a contract into force: everything in order, nothing twice, nothing half."""

from dataclasses import replace
from pathlib import Path

import pytest
from tidelake.cli.following.problems import KeysWouldMove
from tidelake.cli.publication.applying import ContractedPartitions, TopicMadeAnew, put_into_force
from tidelake.cli.publication.drafts import Draft
from tidelake.contracts.bindings import TopicBinding, read_binding
from tidelake.contracts.loading import parse_contract
from tidelake.streams.errors import BrokerUnavailable
from tidelake.streams.memory.topics import MemoryTopics

from .conftest import Edit, MemoryLake, as_checked


def apply(memory: MemoryLake, draft: Draft, accept: bool = False) -> list[str]:
    said: list[str] = []
    put_into_force(memory.lake, as_checked(draft), accept, said.append)
    return said


def test_topics_binding_and_contract_are_there_afterwards(memory: MemoryLake, draft: Edit) -> None:
    apply(memory, draft())
    topics = MemoryTopics(memory.broker)
    assert topics.partitions("events.flights") == 3
    assert {"bronze-commits", "ingest-counts", "dead-letters"} <= set(memory.broker.topic_names())
    bound = read_binding(memory.objects, "flights", 1)
    assert bound == TopicBinding("events.flights", topics.topic_id("events.flights"))
    assert [entry.path for entry in memory.objects.list("contracts/")] == [
        "contracts/flights/1.0.0.schema.json",
        "contracts/flights/1.0.0.yaml",
        "contracts/flights/topic-v1.json",
    ]


def test_the_topic_keeps_records_as_long_as_the_contract_says(memory: MemoryLake, draft: Edit) -> None:
    apply(memory, draft())
    week = str(7 * 24 * 3600 * 1000)
    assert memory.broker.stored("events.flights").config["retention.ms"] == week


def test_applying_twice_changes_nothing(memory: MemoryLake, draft: Edit) -> None:
    apply(memory, draft())
    before = memory.objects.list("")
    apply(memory, draft())
    assert memory.objects.list("") == before


def test_what_operators_changed_of_the_lakes_own_topics_stays(memory: MemoryLake, draft: Edit) -> None:
    memory.broker.create_topic("logs.inbound", 12, {"retention.ms": "86400000"})
    said = apply(memory, draft())
    assert "made topic dead-letters" in said
    assert "made topic logs.inbound" not in said
    inbound = memory.broker.stored("logs.inbound")
    assert (len(inbound.logs), inbound.config) == (12, {"retention.ms": "86400000"})


def test_more_partitions_are_added_and_the_topic_stays_the_same(memory: MemoryLake, draft: Edit) -> None:
    apply(memory, draft())
    bound = read_binding(memory.objects, "flights", 1)
    apply(memory, draft(("1.0.0", "1.0.1"), ("value: 3", "value: 5")))
    assert MemoryTopics(memory.broker).partitions("events.flights") == 5
    assert read_binding(memory.objects, "flights", 1) == bound


def test_fewer_partitions_are_refused_before_anything_is_published(memory: MemoryLake, draft: Edit) -> None:
    apply(memory, draft())
    with pytest.raises(ContractedPartitions, match="3 or more"):
        apply(memory, draft(("1.0.0", "1.0.1"), ("value: 3", "value: 2")))
    assert not [entry for entry in memory.objects.list("") if "1.0.1" in entry.path]


def test_the_partitions_of_changes_stay_as_they_are(memory: MemoryLake) -> None:
    path = Path(__file__).parents[3] / "datasets/planes.odcs.yaml"

    def planes(*changes: tuple[str, str]) -> Draft:
        text = path.read_text()
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        return Draft("planes", text.encode(), parse_contract(text, "planes"))

    apply(memory, planes())
    before = memory.objects.list("")
    with pytest.raises(KeysWouldMove, match=r"partitions to 2, or raise the version to 2\.0\.0"):
        apply(memory, planes(("1.0.0", "1.0.1"), ("partitions\n    value: 2", "partitions\n    value: 3")))
    assert memory.objects.list("") == before
    assert MemoryTopics(memory.broker).partitions("cdc.planes") == 2


def test_nothing_is_published_while_kafka_is_away(memory: MemoryLake, draft: Edit) -> None:
    memory.broker.available = False
    with pytest.raises(BrokerUnavailable):
        apply(memory, draft())
    assert not memory.objects.list("")


def test_a_new_major_version_gets_a_topic_and_a_binding_of_its_own(memory: MemoryLake, draft: Edit) -> None:
    apply(memory, draft())
    apply(memory, draft(("1.0.0", "2.0.0")))
    assert "events.flights.v2" in memory.broker.topic_names()
    first, second = read_binding(memory.objects, "flights", 1), read_binding(memory.objects, "flights", 2)
    assert first is not None
    assert second is not None
    assert first.topic_id != second.topic_id


def remake_topic(memory: MemoryLake) -> str:
    memory.broker.delete_topic("events.flights")
    memory.broker.create_topic("events.flights", 3)
    return MemoryTopics(memory.broker).topic_id("events.flights")


def test_a_topic_that_was_made_anew_is_not_taken_for_the_old_one(memory: MemoryLake, draft: Edit) -> None:
    apply(memory, draft())
    bound = read_binding(memory.objects, "flights", 1)
    remake_topic(memory)
    with pytest.raises(TopicMadeAnew, match="--accept-new-topic flights"):
        apply(memory, draft())
    assert read_binding(memory.objects, "flights", 1) == bound


def test_a_topic_that_was_made_anew_is_bound_when_that_is_accepted(memory: MemoryLake, draft: Edit) -> None:
    apply(memory, draft())
    topic_id = remake_topic(memory)
    assert any("accepted" in what for what in apply(memory, draft(), accept=True))
    assert read_binding(memory.objects, "flights", 1) == TopicBinding("events.flights", topic_id)
    assert not any("accepted" in what for what in apply(memory, draft(), accept=True))


def test_with_three_copies_two_must_have_a_record(memory: MemoryLake, draft: Edit) -> None:
    lake = replace(memory.lake, replication=3)
    put_into_force(lake, as_checked(draft()), accept=False, told=lambda _: None)
    assert memory.broker.stored("events.flights").config["min.insync.replicas"] == "2"
    assert memory.broker.stored("ingest-counts").config["min.insync.replicas"] == "2"
