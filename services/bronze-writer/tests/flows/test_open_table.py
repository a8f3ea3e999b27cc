"""Trouble of one table is that table's alone; it is looked at again, and told as what it is."""

from datetime import timedelta
from unittest import mock

import pytest
from bronze_writer.on_twins import LakeOnTwins, WriterOnTwins
from structlog.testing import capture_logs
from tidelake.streams.errors import AdminRefused, ProducerFailed
from tidelake.streams.values import TopicPartition
from tidelake.tables.memory_bronze import MemoryBronzeTable
from tidelake.testkit.clock import FakeClock


def run(clock: FakeClock, writer: WriterOnTwins, steps: int = 8) -> None:
    for _ in range(steps):
        clock.advance(timedelta(seconds=0.5))
        writer.step()


def produce(lake: LakeOnTwins, *topics: str) -> None:
    for topic in topics:
        lake.broker.append(TopicPartition(topic, 0), b"value")


def reasons(writer: WriterOnTwins) -> str:
    return str(writer.health.report()["components"])


def test_an_unfit_table_stops_alone_and_goes_on_once_it_is_mended(
    lake: LakeOnTwins, clock: FakeClock
) -> None:
    odd, well = lake.publish("flights"), lake.publish("weather")
    lake.tables.faults.unfit.add("bronze/flights")
    produce(lake, odd, well)
    writer = lake.writer()
    with capture_logs() as logs:
        run(clock, writer, steps=40)
    assert writer.tokens == {TopicPartition(well, 0): 1}
    assert "table bronze/weather" not in reasons(writer)
    assert "no bronze table that can be written to" in reasons(writer)
    assert not writer.health.ready()
    assert [each["error"] for each in logs if each["event"] == "table_stopped"] == ["TableUnfit"]
    lake.tables.faults.unfit.clear()
    run(clock, writer, steps=12)
    assert writer.tokens == {TopicPartition(odd, 0): 1, TopicPartition(well, 0): 1}
    assert writer.health.ready()


def test_a_table_that_becomes_unfit_keeps_what_was_taken(lake: LakeOnTwins, clock: FakeClock) -> None:
    topic = lake.publish("flights")
    writer = lake.writer()
    run(clock, writer)
    lake.tables.faults.unfit.add("bronze/flights")
    lake.tables.faults.refusing = True
    produce(lake, topic)
    run(clock, writer)
    lake.tables.faults.refusing = False
    run(clock, writer, steps=12)
    assert "no bronze table that can be written to" in reasons(writer)
    lake.tables.faults.unfit.clear()
    run(clock, writer, steps=12)
    assert set(lake.bronze("flights").values()) == {1}
    assert writer.health.ready()


def test_what_waits_for_a_person_is_looked_at_every_five_seconds(lake: LakeOnTwins, clock: FakeClock) -> None:
    lake.publish("flights")
    lake.tables.faults.unfit.add("bronze/flights")
    writer = lake.writer()
    writer.step()
    with mock.patch.object(
        MemoryBronzeTable, "open", autospec=True, side_effect=MemoryBronzeTable.open
    ) as opened:
        run(clock, writer, steps=21)
    assert opened.call_count == 2


def test_a_store_that_refuses_is_named_and_gone_on_with_once_it_permits(
    lake: LakeOnTwins, clock: FakeClock
) -> None:
    topic = lake.publish("flights")
    writer = lake.writer()
    run(clock, writer)
    produce(lake, topic)
    lake.tables.faults.refusing = True
    with capture_logs() as logs:
        run(clock, writer, steps=40)
    assert "403 Forbidden" in reasons(writer)
    assert "service account may" in reasons(writer)
    assert [each["event"] for each in logs if each["log_level"] == "error"] == ["table_stopped"]
    lake.tables.faults.refusing = False
    run(clock, writer, steps=12)
    assert set(lake.bronze("flights").values()) == {1}
    assert writer.health.ready()


def test_a_topic_that_kafka_refuses_stops_its_table_alone(lake: LakeOnTwins, clock: FakeClock) -> None:
    closed, well = lake.publish("flights"), lake.publish("weather")
    real = lake.topics.topic_id

    def topic_id(topic: str) -> str:
        if topic == closed:
            raise AdminRefused("describing topics", "TOPIC_AUTHORIZATION_FAILED")
        return real(topic)

    writer = lake.writer()
    produce(lake, closed, well)
    with mock.patch.object(lake.topics, "topic_id", topic_id):
        run(clock, writer)
    assert writer.tokens == {TopicPartition(well, 0): 1}
    assert "TOPIC_AUTHORIZATION_FAILED" in reasons(writer)
    run(clock, writer, steps=12)
    assert len(writer.tokens) == 2
    assert writer.health.ready()


def test_what_is_wrong_with_the_whole_process_ends_it(lake: LakeOnTwins, clock: FakeClock) -> None:
    topic = lake.publish("flights")
    writer = lake.writer()
    run(clock, writer)
    writer.producer.close()
    produce(lake, topic)
    with pytest.raises(ProducerFailed):
        run(clock, writer)
