"""A lake in memory whose Kafka has deleted what bronze had not read, and a writer that does as it is told."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tidelake.cli.publication.door import Serving
from tidelake.cli.publication.lake import Lake
from tidelake.contracts.bindings import TopicBinding, bind_topic
from tidelake.contracts.contract import Contract
from tidelake.contracts.given_up import gives_up, lost_offsets, read_given_up
from tidelake.contracts.loading import parse_contract
from tidelake.contracts.publishing import publish
from tidelake.streams.memory.broker import MemoryBroker
from tidelake.streams.memory.topics import MemoryTopics
from tidelake.streams.values import TopicPartition
from tidelake.tables.bronze import BRONZE_SCHEMA, BronzeSpec
from tidelake.tables.memory_bronze import MemoryBronzeTables
from tidelake.tables.memory_objects import MemoryObjects
from tidelake.tables.positions import OffsetRange, Source
from tidelake.testkit.bronze_rows import announcement_of

_ROOT = Path(__file__).parents[3]
_FLIGHTS = (_ROOT / "datasets/flights.odcs.yaml").read_text()
_SCHEMA = (_ROOT / "libs/contracts/examples/flights.schema.json").read_bytes()


@dataclass
class LosingLake:
    """All ports in memory. Each topic has three partitions."""

    objects: MemoryObjects = field(default_factory=MemoryObjects)
    broker: MemoryBroker = field(default_factory=MemoryBroker)
    tables: MemoryBronzeTables = field(default_factory=MemoryBronzeTables)

    @property
    def lake(self) -> Lake:
        return Lake(self.objects, MemoryTopics(self.broker), self.tables, lambda _: Serving(None, ""), 1)

    def publish(self, version: str = "1.0.0") -> Contract:
        """The flights in force, with an empty table."""
        text = _FLIGHTS.replace("1.0.0", version)
        contract = parse_contract(text, "flights.odcs.yaml")
        topic_id = self.broker.create_topic(contract.topic, 3)
        bind_topic(self.objects, "flights", contract.major, TopicBinding(contract.topic, topic_id))
        publish(self.objects, contract, text.encode(), _SCHEMA)
        self.tables.create(BronzeSpec(contract.bronze_path, "flights", contract.topic, topic_id))
        return contract

    def source(self, contract: Contract, partition: int) -> Source:
        """The partition of the topic that Kafka has now."""
        return Source(self.broker.stored(contract.topic).topic_id, partition)

    def commit(self, contract: Contract, partition: int, end: int) -> None:
        """Bronze has everything of the partition below that offset."""
        source = self.source(contract, partition)
        handle = self.tables.table(contract.bronze_path).open()
        offsets = OffsetRange(handle.token(source) or 0, end)
        announcement = announcement_of(contract.bronze_path, source, offsets)
        handle.append(BRONZE_SCHEMA.empty_table(), {source: offsets}, announcement)

    def forget(self, contract: Contract, partition: int, below: int) -> None:
        """Kafka keeps nothing of the partition below that offset."""
        at = TopicPartition(contract.topic, partition)
        while self.broker.log(at).end < below:
            self.broker.append(at, b"value")
        self.broker.move_log_start(at, below)

    def lose(self, contract: Contract, partition: int, first: int, end: int) -> None:
        """Kafka has deleted these offsets, and bronze stands before them."""
        self.commit(contract, partition, first)
        self.forget(contract, partition, end)

    def writer_step(self, contract: Contract) -> None:
        """What a running writer does: it goes on wherever a person's word frees the partition."""
        for partition, log in enumerate(self.broker.stored(contract.topic).logs):
            source = self.source(contract, partition)
            lost = lost_offsets(self.tables.table(contract.bronze_path).open().token(source), log.start)
            said = read_given_up(self.objects, "flights", source, lost.first) if lost else None
            if lost and said and gives_up(said, lost):
                self.commit(contract, partition, said.end)


@pytest.fixture
def losing() -> LosingLake:
    return LosingLake()
