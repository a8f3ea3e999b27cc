"""Datasets are taken up as they are published, without a restart."""

from datetime import timedelta
from typing import cast

import pytest
from bronze_writer import assembly
from bronze_writer.core.dataset import Dataset
from bronze_writer.on_twins import LakeOnTwins, WriterOnTwins
from structlog.testing import capture_logs
from tidelake.contracts import names
from tidelake.contracts.bindings import TopicBinding, accept_new_topic
from tidelake.contracts.registry import PublishedContracts
from tidelake.streams.values import TopicPartition
from tidelake.testkit.clock import FakeClock


def run(clock: FakeClock, *writers: WriterOnTwins, steps: int = 8) -> None:
    for _ in range(steps):
        clock.advance(timedelta(seconds=0.5))
        for writer in writers:
            writer.step()


def reason(writer: WriterOnTwins, component: str) -> str:
    components = cast("dict[str, dict[str, str]]", writer.health.report()["components"])
    return components[component]["reason"]


def test_a_writer_without_datasets_is_ready_and_idle(lake: LakeOnTwins, clock: FakeClock) -> None:
    writer = lake.writer()
    run(clock, writer)
    assert writer.health.ready()


def test_a_dataset_published_later_gets_its_empty_table(lake: LakeOnTwins, clock: FakeClock) -> None:
    writer = lake.writer()
    run(clock, writer)
    lake.publish("flights")
    run(clock, writer, steps=1)
    handle = lake.tables.table("bronze/flights").open()
    assert (handle.version, handle.topic_id) == (0, lake.topics.topic_id("events.flights"))


def test_a_dataset_published_later_does_not_disturb_the_others(lake: LakeOnTwins, clock: FakeClock) -> None:
    old = TopicPartition(lake.publish("flights"), 0)
    writer = lake.writer()
    lake.broker.append(old, b"value")
    run(clock, writer)
    new = TopicPartition(lake.publish("weather"), 0)
    lake.broker.append(new, b"value")
    lake.broker.append(old, b"value")
    run(clock, writer)
    assert writer.tokens == {old: 2, new: 1}


def test_a_dataset_whose_topic_is_not_bound_yet_is_not_taken_up(lake: LakeOnTwins, clock: FakeClock) -> None:
    lake.publish("flights")
    lake.objects.delete(names.topic_binding_path("flights", 1))
    writer = lake.writer()
    run(clock, writer)
    assert writer.tokens == {}
    assert writer.health.ready()


def test_an_unusable_object_is_told_and_the_others_are_written(lake: LakeOnTwins, clock: FakeClock) -> None:
    topic = TopicPartition(lake.publish("flights"), 0)
    lake.objects.create("contracts/broken/topic-v1.json", b"\xff")
    writer = lake.writer()
    lake.broker.append(topic, b"value")
    run(clock, writer)
    assert writer.tokens == {topic: 1}
    assert writer.health.ready()
    assert "contracts/broken/topic-v1.json can't be used" in reason(writer, "contracts")


@pytest.mark.parametrize("topic", ["", "events.flights", "no topic\x00"])
def test_a_binding_to_a_topic_that_is_not_the_datasets_own_harms_no_table(
    topic: str, lake: LakeOnTwins, clock: FakeClock
) -> None:
    flights, weather = (TopicPartition(lake.publish(dataset), 0) for dataset in ("flights", "weather"))
    old = lake.writer("old")
    run(clock, old)
    accept_new_topic(lake.objects, "weather", 1, TopicBinding(topic, lake.topics.topic_id(flights.topic)))
    lake.broker.append(flights, b"of a flight")
    lake.broker.append(weather, b"of the weather")
    run(clock, old)
    assert old.tokens == {flights: 1, weather: 1}  # it goes on with what it knew
    old.stop()
    new = lake.writer("new")
    lake.broker.append(flights, b"of a flight")
    lake.broker.append(weather, b"of the weather")
    run(clock, new)
    assert new.tokens == {flights: 2}
    assert lake.bronze("flights").total() == 2
    assert lake.bronze("weather").total() == 1
    for writer in (old, new):
        assert "contracts/weather/topic-v1.json can't be used: it binds the topic" in reason(
            writer, "contracts"
        )


class Given:
    """A lake whose writers follow these datasets, although no binding makes such any more."""

    def __init__(self, lake: LakeOnTwins) -> None:
        self._topic = lake.publish("flights")
        self._topic_id = lake.topics.topic_id(self._topic)
        self.flights = TopicPartition(self._topic, 0)
        self.datasets: list[Dataset] = []

    def of(self, _: PublishedContracts) -> list[Dataset]:
        return self.datasets

    def set(self, **topics: str) -> None:
        """Topics by dataset."""
        self.datasets = [
            Dataset(name, 1, topic, f"bronze/{name}", timedelta(seconds=1), "", self._topic_id)
            for name, topic in topics.items()
        ]


@pytest.fixture
def given(lake: LakeOnTwins, monkeypatch: pytest.MonkeyPatch) -> Given:
    made = Given(lake)
    monkeypatch.setattr(assembly, "datasets_of", made.of)
    return made


def test_a_topic_never_changes_its_table(lake: LakeOnTwins, clock: FakeClock, given: Given) -> None:
    topic = given.flights
    given.set(flights=topic.topic)
    writer = lake.writer()
    run(clock, writer)
    given.set(weather=topic.topic, flights=topic.topic)
    lake.broker.append(topic, b"value")
    run(clock, writer)
    assert lake.bronze("flights").total() == 1
    assert "fills bronze/flights already" in reason(writer, "dataset of bronze/weather")
    assert not writer.health.ready()
    given.set(flights=topic.topic)
    run(clock, writer)
    assert writer.health.ready()


def test_a_name_that_kafka_does_not_know_is_never_subscribed_to(
    lake: LakeOnTwins, clock: FakeClock, given: Given
) -> None:
    topic = given.flights
    given.set(weather="no topic", flights=topic.topic, empty="")
    writer = lake.writer()
    lake.broker.append(topic, b"value")
    with capture_logs() as logs:
        run(clock, writer)
    assert lake.bronze("flights").total() == 1
    assert "'no topic' is no name of a topic" in reason(writer, "dataset of bronze/weather")
    assert [each["table"] for each in logs if each["event"] == "dataset_refused"] == [
        "bronze/weather",
        "bronze/empty",
    ]
