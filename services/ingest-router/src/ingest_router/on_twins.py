"""The door on twins of its engines: the real routes, flow and counts, without Kafka and without a store.

For tests of the door and of what sends to it; one suite runs on this door and on the real one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from fastapi import FastAPI
from opentelemetry.metrics import Meter, NoOpMeter
from opentelemetry.trace import NoOpTracer, Tracer
from tidelake.contracts import names
from tidelake.contracts.contract import Contract
from tidelake.contracts.keys import create_key
from tidelake.contracts.loading import parse_contract
from tidelake.runtime.clock import Clock
from tidelake.streams.memory import MemoryBroker, MemoryProducer, MemoryTopics
from tidelake.streams.memory.message import Record
from tidelake.streams.values import TopicPartition
from tidelake.tables.memory_objects import MemoryObjects

from ingest_router.assembly import Door, Engines, assemble
from ingest_router.inbound.http.routes import add_routes
from ingest_router.inbound.rpc.servicer import IngestServicer
from ingest_router.settings import IngestRouterSettings


class DoorOnTwins:
    """Everything that a test moves, in one hand. Not ready until `look()`."""

    def __init__(
        self,
        clock: Clock,
        settings: Mapping[str, object] = MappingProxyType({}),
        meter: Meter | None = None,
        tracer: Tracer | None = None,
        max_waiting_records: int = 100_000,
    ) -> None:
        given = {
            "lake_root": "gs://twin",
            "kafka_bootstrap_servers": "twin:0",
            "instance": "twin",
            **settings,
        }
        self.settings = IngestRouterSettings.model_validate(given)
        self.broker = MemoryBroker(clock)
        self.broker.create_topic(self.settings.counts_topic, 1)
        self.producer = MemoryProducer(
            self.broker, self.settings.max_record_bytes, max_waiting_records=max_waiting_records
        )
        self.objects = MemoryObjects(clock.now)
        engines = Engines(
            self.producer,
            MemoryTopics(self.broker),
            self.objects,
            meter or NoOpMeter("twin"),
            tracer or NoOpTracer(),
            clock,
        )
        self.door: Door = assemble(self.settings, engines)
        self.app = FastAPI()
        add_routes(self.app, self.door.reception)
        self.servicer = IngestServicer(self.door.reception)
        self._clock = clock

    async def look(self) -> None:
        """Reads keys and contracts and asks Kafka, as the running door does every few seconds."""
        await self.door.refresher.step()
        await self.door.kafka.step()

    def publish(self, contract_text: str, json_schema: bytes, partitions: int = 1) -> Contract:
        """Publishes a contract and makes its topic."""
        contract = parse_contract(contract_text, "twin")
        if contract.topic not in self.broker.topic_names():
            self.broker.create_topic(contract.topic, partitions)
        self.objects.create(names.json_schema_path(contract.dataset, contract.version), json_schema)
        self.objects.create(names.contract_path(contract.dataset, contract.version), contract_text.encode())
        return contract

    def key_for(self, producer: str) -> str:
        """A token that this producer may send with from the next look() on."""
        return create_key(self.objects, producer, self._clock.now())[1]

    def kept(self, topic: str, partition: int = 0) -> Sequence[Record]:
        """What Kafka has, in order."""
        log = self.broker.log(TopicPartition(topic, partition))
        found = (log.visible(offset) for offset in range(log.start, log.end))
        return [record for record in found if record is not None]
