"""A small dataset of its own for a test: unique names on a shared broker, published as a team's would be."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import orjson
from tidelake.contracts.bindings import TopicBinding, bind_topic
from tidelake.contracts.contract import Contract
from tidelake.contracts.keys import create_key
from tidelake.contracts.loading import parse_contract
from tidelake.contracts.publishing import publish
from tidelake.streams.kafka_topics import KafkaTopics
from tidelake.streams.limits import message_max_bytes
from tidelake.streams.topics import TopicSpec
from tidelake.tables.storage import LakeStorage

PRODUCER = "testers"

_CONTRACT = """\
apiVersion: v3.2.0
kind: DataContract
id: {name}
name: {name}
version: {major}.0.0
status: active
description: {{purpose: Records of a test.}}
team: {{name: test-owners}}
roles:
  - {{role: {producer}, access: write}}
schema:
  - name: {name}
    logicalType: object
    properties:
      - {{name: id, logicalType: string, physicalType: string, required: true}}
      - {{name: n, logicalType: integer, physicalType: bigint, required: true}}
      - {{name: text, logicalType: string, physicalType: string}}
slaProperties:
  - {{property: freshness, value: {freshness_s}, unit: s}}
  - {{property: retention, value: 1, unit: d}}
customProperties:
  - {{property: source, value: api}}
  - {{property: mode, value: append}}
  - {{property: partitions, value: {partitions}}}
  - {{property: idFields, value: [id]}}
  - {{property: dedupeWindow, value: P1D}}
"""
_SCHEMA = {
    "type": "object",
    "required": ["id", "n"],
    "properties": {
        "id": {"type": "string"},
        "n": {"type": "integer"},
        "text": {"type": ["string", "null"]},
    },
}


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset's major version in force: its topic is there and bound, its contract published."""

    contract: Contract
    partitions: int

    @property
    def name(self) -> str:
        """Name of the dataset."""
        return self.contract.dataset

    @property
    def address(self) -> str:
        """What senders call it."""
        return self.contract.address

    @property
    def topic(self) -> str:
        """Its Kafka topic."""
        return self.contract.topic


def publish_dataset(
    storage: LakeStorage,
    bootstrap: str,
    *,
    partitions: int = 3,
    freshness: timedelta = timedelta(seconds=1),
    max_record_bytes: int = 1024 * 1024,
    before: Dataset | None = None,
) -> Dataset:
    """Makes the topic, binds it, publishes the contract: what `lake dataset apply` does for a new dataset, or
    for the major version that follows `before`."""
    name = before.name if before else f"test_{uuid.uuid4().hex[:12]}"
    text = _CONTRACT.format(
        name=name,
        major=before.contract.major + 1 if before else 1,
        producer=PRODUCER,
        partitions=partitions,
        freshness_s=f"{freshness.total_seconds():g}",
    )
    return put_into_force(storage, bootstrap, text, orjson.dumps(_SCHEMA), max_record_bytes)


def put_into_force(
    storage: LakeStorage, bootstrap: str, text: str, json_schema: bytes, max_record_bytes: int
) -> Dataset:
    """Makes the topic of a contract, binds it, publishes the contract."""
    contract = parse_contract(text, "test.odcs.yaml")
    make_topic(bootstrap, contract.topic, contract.partitions, max_record_bytes)
    objects = storage.objects()
    topic_id = KafkaTopics(bootstrap, "tests").topic_id(contract.topic)
    bind_topic(objects, contract.dataset, contract.major, TopicBinding(contract.topic, topic_id))
    publish(objects, contract, text.encode(), json_schema)
    return Dataset(contract, contract.partitions)


def make_topic(bootstrap: str, topic: str, partitions: int, max_record_bytes: int = 1024 * 1024) -> None:
    """Makes the topic, or adds partitions to it."""
    config = {"retention.ms": "86400000", "max.message.bytes": str(message_max_bytes(max_record_bytes))}
    KafkaTopics(bootstrap, "tests").ensure(TopicSpec(topic, partitions, config=config))


def make_key(storage: LakeStorage) -> str:
    """An API key of the producer that may send to every dataset made here."""
    return create_key(storage.objects(), PRODUCER, datetime.now(UTC))[1]
