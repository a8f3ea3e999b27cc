"""The admin on Kafka, by confluent-kafka's AdminClient."""

# confluent_kafka.admin does not mark its public names as such.
# pyright: reportPrivateImportUsage=false

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future
from contextlib import suppress
from datetime import timedelta
from typing import Any, cast

import stamina
from confluent_kafka import IsolationLevel, KafkaError, KafkaException, TopicCollection
from confluent_kafka import TopicPartition as Position
from confluent_kafka.admin import (
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    OffsetSpec,
    ResourceType,
    TopicDescription,
)
from tidelake.streams import codes
from tidelake.streams.admin import Admin
from tidelake.streams.errors import AdminRefused, BrokerUnavailable, FewerPartitions, UnknownTopic
from tidelake.streams.topics import TopicSpec
from tidelake.streams.values import TopicPartition


class KafkaTopics:
    """Topics on Kafka. Any thread may call; each call ends within `timeout`."""

    def __init__(
        self,
        bootstrap: str,
        client_id: str,
        timeout: timedelta = timedelta(seconds=10),
        options: Mapping[str, str] | None = None,
    ) -> None:
        self._admin = Admin(bootstrap, client_id, timeout, options)
        self._timeout_s = timeout.total_seconds()

    def topic_id(self, topic: str) -> str:
        return _url_safe(str(self._describe_one(topic).topic_id))

    def topic_ids(self, topics: Collection[str]) -> Mapping[str, str]:
        found = self._describe(topics)
        return {name: _url_safe(str(description.topic_id)) for name, description in found.items()}

    def partitions(self, topic: str) -> int:
        return len(self._describe_one(topic).partitions)

    def log_starts(self, partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        return self._offsets("asking for log starts", partitions, OffsetSpec.earliest())

    def last_stable_offsets(self, partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        return self._offsets("asking for last stable offsets", partitions, OffsetSpec.latest())

    def ensure(self, spec: TopicSpec) -> bool:
        doing = f"making topic {spec.name}"
        new = NewTopic(spec.name, spec.partitions, spec.replication, config=dict(spec.config))
        try:
            self._answer(doing, self._client.create_topics([new], **self._limits())[spec.name], spec.name)
        except _AlreadyThere:
            # Made by somebody else a moment ago, it may not be described yet.
            self._until(lambda: spec.name in self._describe([spec.name]), doing)
            return self._alter(spec)
        self._until_partitions(spec)
        return True

    def delete(self, topic: str) -> None:
        doing = f"deleting topic {topic}"
        with suppress(UnknownTopic):
            self._answer(doing, self._client.delete_topics([topic], **self._limits())[topic], topic)
        self._until(lambda: topic not in self._describe([topic]), doing)

    @property
    def _client(self) -> Any:
        return self._admin.client

    def _alter(self, spec: TopicSpec) -> bool:
        has = self.partitions(spec.name)
        if has > spec.partitions:
            raise FewerPartitions(spec.name, has, spec.partitions)
        configured = self._configure(spec)
        if has == spec.partitions:
            return configured
        more = self._client.create_partitions([NewPartitions(spec.name, spec.partitions)], **self._limits())
        self._answer(f"adding partitions to topic {spec.name}", more[spec.name], spec.name)
        self._until_partitions(spec)
        return True

    def _configure(self, spec: TopicSpec) -> bool:
        doing = f"setting the configuration of topic {spec.name}"
        resource = ConfigResource(ResourceType.TOPIC, spec.name)
        asked = self._client.describe_configs([resource], request_timeout=self._timeout_s)
        now: dict[str, ConfigEntry] = self._answer(doing, asked[resource], spec.name)
        differing = {
            name: value for name, value in spec.config.items() if name not in now or now[name].value != value
        }
        if not differing:
            return False
        change = ConfigResource(
            ResourceType.TOPIC,
            spec.name,
            incremental_configs=[
                ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
                for name, value in differing.items()
            ],
        )
        altered = self._client.incremental_alter_configs([change], request_timeout=self._timeout_s)
        self._answer(doing, altered[change], spec.name)
        return True

    def _describe(self, topics: Collection[str]) -> dict[str, TopicDescription]:
        if not topics:
            return {}
        futures = self._client.describe_topics(
            TopicCollection(sorted(topics)), request_timeout=self._timeout_s
        )
        found: dict[str, TopicDescription] = {}
        for name, future in futures.items():
            try:
                found[name] = self._answer("describing topics", future, name)
            except UnknownTopic:
                continue
        return found

    def _describe_one(self, topic: str) -> TopicDescription:
        found = self._describe([topic])
        if topic not in found:
            raise UnknownTopic(topic)
        return found[topic]

    def _offsets(
        self, doing: str, partitions: Collection[TopicPartition], spec: OffsetSpec | None
    ) -> Mapping[TopicPartition, int]:
        if not partitions:
            return {}
        futures = self._client.list_offsets(
            {Position(tp.topic, tp.partition): spec for tp in partitions},
            isolation_level=IsolationLevel.READ_COMMITTED,
            request_timeout=self._timeout_s,
        )
        return {
            TopicPartition(position.topic, position.partition): self._answer(
                doing, future, position.topic
            ).offset
            for position, future in futures.items()
        }

    def _limits(self) -> dict[str, float]:
        return {"request_timeout": self._timeout_s, "operation_timeout": self._timeout_s}

    def _until_partitions(self, spec: TopicSpec) -> None:
        def visible() -> bool:
            found = self._describe([spec.name]).get(spec.name)
            return found is not None and len(found.partitions) == spec.partitions

        self._until(visible, f"waiting for topic {spec.name}")

    def _until(self, true: Callable[[], bool], doing: str) -> None:
        # Brokers learn of a change one after the other.
        for attempt in stamina.retry_context(
            _NotYet, attempts=None, timeout=self._timeout_s, wait_initial=0.01, wait_max=0.5, wait_jitter=0.01
        ):
            with attempt:
                if not true():
                    raise _NotYet(doing, "the change is not visible yet")

    def _answer(self, doing: str, future: Future[Any], topic: str) -> Any:
        try:
            return self._admin.answer(doing, lambda: future.result(self._timeout_s + 1))
        except KafkaException as error:
            problem = cast(KafkaError, error.args[0])
            reason = f"{problem.name()}: {problem.str()}"
            missing = problem.code() == codes.NO_LEADER and topic not in self._describe([topic])
            if missing or problem.code() in codes.UNKNOWN_TOPIC:
                raise UnknownTopic(topic) from error
            if problem.code() == codes.ALREADY_EXISTS:
                raise _AlreadyThere(doing, reason) from error
            if problem.code() == codes.NO_LEADER or problem.retriable():
                raise BrokerUnavailable(doing, reason) from error
            raise AdminRefused(doing, reason) from error


class _AlreadyThere(AdminRefused):
    """The topic to be made exists."""


class _NotYet(BrokerUnavailable):
    """What was done is not visible yet."""


def _url_safe(topic_id: str) -> str:
    return topic_id.translate(str.maketrans("+/", "-_")).rstrip("=")
