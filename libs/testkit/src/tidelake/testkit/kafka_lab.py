"""Kafka as a conformance suite needs it, on a broker that runs already."""

import threading
import uuid
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

from confluent_kafka import ConsumerGroupTopicPartitions
from confluent_kafka import Producer as Client
from confluent_kafka import TopicPartition as Position
from confluent_kafka.admin import AdminClient
from tidelake.runtime.errors import LakeError
from tidelake.streams.consumer import Consumer
from tidelake.streams.kafka_consumer import KafkaConsumer
from tidelake.streams.kafka_gaps import KafkaGapProver
from tidelake.streams.kafka_producer import KafkaProducer
from tidelake.streams.kafka_topics import KafkaTopics
from tidelake.streams.topics import TopicSpec
from tidelake.streams.values import TopicPartition
from tidelake.testkit.raw_records import append_raw
from tidelake.testkit.streams_labs import LabTransaction, RawHeaders

# Kafka's own least session timeout.
_SESSION = timedelta(seconds=6)


class KafkaStreamsLab:
    """Makes its own topics and groups, and deletes the topics at `close`."""

    poll = timedelta(milliseconds=200)
    patience = timedelta(seconds=30)

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self.topics = KafkaTopics(bootstrap, "conformance-admin")
        self._admin: Any = AdminClient({"bootstrap.servers": bootstrap})
        self._made: list[str] = []
        self._clients: list[KafkaConsumer | KafkaGapProver | KafkaProducer] = []

    def new_topic(self, partitions: int = 1) -> str:
        name = self.new_name()
        self.topics.ensure(TopicSpec(name, partitions))
        return name

    def new_name(self) -> str:
        name = f"conformance-{uuid.uuid4()}"
        self._made.append(name)
        return name

    def consumer(self, group: str) -> KafkaConsumer:
        consumer = KafkaConsumer(
            self._bootstrap,
            group,
            "conformance",
            session_timeout=_SESSION,
            max_poll_interval=_SESSION,
            options={"topic.metadata.refresh.interval.ms": "500"},
        )
        self._clients.append(consumer)
        return consumer

    def gap_prover(self) -> KafkaGapProver:
        prover = KafkaGapProver(self._bootstrap, "conformance")
        self._clients.append(prover)
        return prover

    def producer(self, max_waiting_records: int = 100_000) -> KafkaProducer:
        producer = KafkaProducer(
            self._bootstrap,
            "conformance",
            max_waiting_records=max_waiting_records,
            options={"topic.metadata.propagation.max.ms": "1000"},
        )
        self._clients.append(producer)
        return producer

    def append(
        self,
        partition: TopicPartition,
        value: bytes | None,
        key: bytes | None = None,
        headers: RawHeaders = (),
    ) -> None:
        append_raw(self._bootstrap, partition, value, key, headers)

    def transaction(self) -> LabTransaction:
        return _KafkaTransaction(self._bootstrap)

    def move_log_start(self, partition: TopicPartition, offset: int) -> None:
        position = Position(partition.topic, partition.partition, offset)
        for future in self._admin.delete_records([position]).values():
            future.result(10)

    def recreate(self, topic: str) -> None:
        partitions = self.topics.partitions(topic)
        self.topics.delete(topic)
        self.topics.ensure(TopicSpec(topic, partitions))

    def committed(self, group: str) -> Mapping[TopicPartition, int]:
        asked = self._admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])
        found = asked[group].result(10)
        return {TopicPartition(p.topic, p.partition): p.offset for p in found.topic_partitions}

    def expire(self, consumer: Consumer) -> None:  # noqa: ARG002
        # Staying away from consume for longer than max_poll_interval: the client itself leaves the group, as
        # Kafka would make it leave after the session timeout.
        threading.Event().wait(_SESSION.total_seconds() + 1)

    def close(self) -> None:
        for client in self._clients:
            client.close()
        for topic in self._made:
            with suppress(LakeError):
                self.topics.delete(topic)


class _KafkaTransaction:
    def __init__(self, bootstrap: str) -> None:
        name = f"conformance-{uuid.uuid4()}"
        self._client = Client({"bootstrap.servers": bootstrap, "transactional.id": name})
        self._client.init_transactions(10)
        self._client.begin_transaction()

    def append(self, partition: TopicPartition, value: bytes | None) -> None:
        self._client.produce(partition.topic, value=value, partition=partition.partition)
        # Else it may be written after what the test does next.
        self._client.flush(10)

    def commit(self) -> None:
        self._client.commit_transaction(10)

    def abort(self) -> None:
        self._client.abort_transaction(10)
