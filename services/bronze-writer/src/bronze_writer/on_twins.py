"""Writers on twins of their engines: the real loop and flows, without Kafka and without a store.

For tests: every order of events can be driven by hand, and what bronze then holds be compared with the log.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from datetime import timedelta
from types import MappingProxyType

from opentelemetry.metrics import Meter, NoOpMeter
from tidelake.contracts import names
from tidelake.contracts.bindings import TopicBinding, accept_new_topic, bind_topic
from tidelake.contracts.loading import parse_contract
from tidelake.runtime.clock import Clock
from tidelake.runtime.health import Health
from tidelake.runtime.shutdown import StopSignal
from tidelake.streams.memory import (
    MemoryBroker,
    MemoryConsumer,
    MemoryGapProver,
    MemoryProducer,
    MemoryTopics,
)
from tidelake.streams.memory.message import Record
from tidelake.streams.values import TopicPartition
from tidelake.tables.announcement import CommitAnnounced, decode_commit_announced
from tidelake.tables.bronze_table import BronzeTables
from tidelake.tables.memory_bronze import MemoryBronzeTables
from tidelake.tables.memory_objects import MemoryObjects
from tidelake.tables.row_spans import RowSpans

from bronze_writer.assembly import Engines, assemble
from bronze_writer.settings import BronzeWriterSettings

Position = tuple[str, int, int]
"""Topic id, partition, offset."""

_CONTRACT = """
apiVersion: v3.2.0
kind: DataContract
id: {dataset}
name: {dataset}
version: 1.0.0
status: active
team: {{name: owners}}
roles: [{{role: writers, access: write}}]
schema:
  - name: {dataset}
    logicalType: object
    properties: [{{name: id, logicalType: string, required: true}}]
slaProperties:
  - {{property: freshness, value: {freshness}, unit: s}}
  - {{property: retention, value: 1, unit: d}}
customProperties:
  - {{property: source, value: api}}
  - {{property: mode, value: append}}
  - {{property: partitions, value: {partitions}}}
  - {{property: dedupeWindow, value: P1D}}
"""


class LakeOnTwins:
    """Everything that its writers share, in a test's hand."""

    def __init__(self, clock: Clock, written: BronzeTables | None = None) -> None:
        """`written`: what the writers write to in place of the twin of the tables."""
        self.clock = clock
        self.broker = MemoryBroker(clock)
        self.topics = MemoryTopics(self.broker)
        self.tables = MemoryBronzeTables()
        self.written: BronzeTables = self.tables if written is None else written
        self.objects = MemoryObjects(clock.now)
        self.broker.create_topic("bronze-commits", 1)

    def publish(self, dataset: str, partitions: int = 1, freshness: float = 1.0) -> str:
        """A dataset as `lake dataset apply` leaves it. Returns its topic."""
        text = _CONTRACT.format(dataset=dataset, partitions=partitions, freshness=freshness)
        contract = parse_contract(text, dataset)
        self.broker.create_topic(contract.topic, partitions)
        self.objects.create(names.json_schema_path(dataset, contract.version), b"{}")
        self.objects.create(names.contract_path(dataset, contract.version), text.encode())
        binding = TopicBinding(contract.topic, self.topics.topic_id(contract.topic))
        bind_topic(self.objects, dataset, contract.major, binding)
        return contract.topic

    def accept_new_topic(self, dataset: str) -> None:
        """As `lake dataset apply --accept-new-topic` does."""
        topic = names.events_topic(dataset, 1)
        accept_new_topic(self.objects, dataset, 1, TopicBinding(topic, self.broker.stored(topic).topic_id))

    def writer(self, name: str = "writer", **settings: object) -> WriterOnTwins:
        """One more writer of the group."""
        return WriterOnTwins(self, name, settings)

    def announced(self) -> list[CommitAnnounced]:
        """Everything on `bronze-commits`, in its order."""
        log = self.broker.log(TopicPartition("bronze-commits", 0))
        records = [log.visible(offset) for offset in range(log.end)]
        return [decode_commit_announced(each.value) for each in records if each and each.value]

    def records(self, topic: str) -> Mapping[Position, Record]:
        """Every record that a reader of Kafka can still find, by position."""
        stored = self.broker.stored(topic)
        return {
            (stored.topic_id, partition, offset): record
            for partition, log in enumerate(stored.logs)
            for offset in range(log.start, log.last_stable_offset)
            if (record := log.visible(offset)) is not None
        }

    def bronze(self, dataset: str) -> Counter[Position]:
        """How often each position stands in the dataset's table."""
        rows = self.tables.rows(names.bronze_path(dataset, 1)).select(["topic_id", "partition", "offset"])
        columns = rows.to_pydict()
        return Counter(zip(columns["topic_id"], columns["partition"], columns["offset"], strict=True))


class WriterOnTwins:
    """One writer process."""

    def __init__(
        self,
        lake: LakeOnTwins,
        name: str = "writer",
        settings: Mapping[str, object] = MappingProxyType({}),
        meter: Meter | None = None,
        in_background: Callable[[Callable[[], None]], None] | None = None,
        spans: RowSpans | None = None,
    ) -> None:
        given = {
            "lake_root": "gs://twin",
            "kafka_bootstrap_servers": "twin:0",
            "instance": name,
            # The twin of Kafka answers while a record is sent or, being away, not at all: no need to wait.
            "announce_timeout": timedelta(milliseconds=1),
            **settings,
        }
        self.settings = BronzeWriterSettings.model_validate(given)
        self.health = Health()
        self.consumer = MemoryConsumer(lake.broker, self.settings.group)
        self.producer = MemoryProducer(lake.broker)
        engines = Engines(
            consumer=self.consumer,
            producer=self.producer,
            topics=lake.topics,
            gap_prover=MemoryGapProver(lake.broker),
            tables=lake.written,
            objects=lake.objects,
            meter=meter or NoOpMeter("twin"),
            clock=lake.clock,
            health=self.health,
            guard=lambda _call: nullcontext(),  # twins don't hang
            in_background=in_background or _at_once,
            spans=spans or RowSpans(),
        )
        self._assembled = assemble(self.settings, engines)

    @property
    def tokens(self) -> Mapping[TopicPartition, int]:
        """See BronzeWriter.tokens."""
        return self._assembled.writer.tokens

    @property
    def buffered_bytes(self) -> int:
        """See BronzeWriter.buffered_bytes."""
        return self._assembled.writer.buffered_bytes

    def look(self) -> None:
        """Reads contracts and lags, as the threads beside the loop do."""
        self._assembled.look()

    def step(self) -> None:
        """Looks, then polls, handles, commits: once."""
        self.look()
        self._assembled.loop.step()

    def poll(self) -> None:
        """One step without looking."""
        self._assembled.loop.step()

    def stop(self) -> None:
        """Ends in order."""
        self._assembled.loop.finish(StopSignal())

    def die(self) -> None:
        """As by SIGKILL: nothing is finished, and the group notices at once."""
        self.consumer.expire()


def _at_once(work: Callable[[], None]) -> None:
    work()
