"""A client that Kafka does not answer for long is given up; the one in its place works once it does."""

from __future__ import annotations

import signal
import threading
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from structlog.testing import capture_logs
from tidelake.local.home import Home
from tidelake.local.ports import StackPorts, free_offset
from tidelake.local.stack import Stack
from tidelake.streams import silence
from tidelake.streams.errors import BrokerUnavailable
from tidelake.streams.kafka_consumer import KafkaConsumer
from tidelake.streams.kafka_groups import KafkaGroups
from tidelake.streams.kafka_producer import KafkaProducer
from tidelake.streams.kafka_topics import KafkaTopics
from tidelake.streams.producer import Delivered, Delivery, OutRecord
from tidelake.streams.topics import TopicSpec
from tidelake.streams.values import TopicPartition
from tidelake.testkit.road.waiting import until

pytestmark = [pytest.mark.system, pytest.mark.timeout(180)]

SOON = timedelta(seconds=2)
TOPIC = "records"


class FromTheStart:
    """Reads all that it is given."""

    def __init__(self) -> None:
        self.has: set[TopicPartition] = set()

    def assigned(self, partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, int | None]:
        self.has |= set(partitions)
        return dict.fromkeys(partitions, 0)

    def revoked(self, partitions: Collection[TopicPartition]) -> None:
        self.has -= set(partitions)

    def lost(self, partitions: Collection[TopicPartition]) -> None:
        self.has -= set(partitions)


def test_each_kind_of_client_is_made_anew_and_works_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(silence, "GIVEN_UP_AFTER", SOON)
    stack = Stack(Home(tmp_path / "home"), StackPorts().moved(free_offset()))
    try:
        stack.start("kafka")
        bootstrap = stack.lake.kafka_bootstrap_servers
        topics = KafkaTopics(bootstrap, "asks", timeout=SOON)
        topics.ensure(TopicSpec(TOPIC, 1))
        producer = KafkaProducer(bootstrap, "sends", delivery_timeout=SOON)
        consumer, listener = KafkaConsumer(bootstrap, "reads", "reads", timedelta(seconds=6)), FromTheStart()
        consumer.subscribe([TOPIC], listener)
        read: list[bytes | None] = []

        def look() -> None:
            read.extend(one.value() for one in consumer.consume(100, timedelta(milliseconds=50)).messages)

        def assigned() -> bool:
            look()
            return bool(listener.has)

        until(assigned, 30.0, "the partition is assigned")
        groups = KafkaGroups(bootstrap, "looks", SOON)
        assert groups.members("reads") == {"reads"}
        assert groups.members("nobody's") == frozenset()
        kafka = psutil.Process(stack.records["kafka"].pid)
        with capture_logs() as told:

            def replaced() -> Counter[str]:
                look()
                for ask in (lambda: topics.topic_id(TOPIC), lambda: groups.members("reads")):
                    with pytest.raises(BrokerUnavailable):
                        ask()
                send(producer, b"while it stands still")
                return Counter(one["client"] for one in told if one["event"] == "kafka_client_replaced")

            kafka.suspend()
            try:
                everybody = Counter(["admin", "admin", "producer", "consumer"])
                until(lambda: replaced() >= everybody, 60.0, lambda: str(told[-5:]))
            finally:
                kafka.send_signal(signal.SIGCONT)
        until(lambda: answers(topics), 30.0, "Kafka answers")
        until(lambda: isinstance(send(producer, b"afterwards"), Delivered), 30.0, "a record is taken")

        def has_read() -> bool:
            look()
            return b"afterwards" in read

        until(has_read, 30.0, "the record is read")
        assert groups.members("reads") == {"reads"}
        consumer.close()
        producer.close()
    finally:
        stack.down()


def answers(topics: KafkaTopics) -> bool:
    with suppress(BrokerUnavailable):
        return bool(topics.topic_id(TOPIC))
    return False


def send(producer: KafkaProducer, value: bytes) -> Delivery:
    """What became of it."""
    done, outcomes = threading.Event(), list[Delivery]()

    def on_done(all_of_them: Sequence[Delivery]) -> None:
        outcomes.extend(all_of_them)
        done.set()

    producer.send([OutRecord(TOPIC, value=value)], on_done)
    assert done.wait(20)
    return outcomes[0]
