"""Which engines make up a stack, where each listens, and which must serve before which."""

from collections.abc import Collection
from dataclasses import dataclass

from tidelake.local.connect import Connect, ConnectSettings
from tidelake.local.gcs import Gcs
from tidelake.local.home import Home
from tidelake.local.installations import Installations
from tidelake.local.internal_topics import make_internal_topics
from tidelake.local.kafka import Kafka, KafkaSettings
from tidelake.local.metastore import Metastore
from tidelake.local.metastore_conf import LakeStore
from tidelake.local.parts import QUERY, SOURCES, Part
from tidelake.local.ports import StackPorts
from tidelake.local.postgres import Postgres, make_databases
from tidelake.local.program import Engine
from tidelake.local.services import (
    BronzeWriter,
    IngestRouter,
    LakeAddress,
    LogRouter,
    Monitor,
    QueryGateway,
    SilverProcessor,
    silver_name,
)
from tidelake.local.trino import Trino


@dataclass(frozen=True, slots=True)
class Layout:
    """Everything about a stack but its processes."""

    home: Home
    ports: StackPorts
    parts: Collection[Part]
    writers: int
    silvers: int
    max_record_bytes: int

    @property
    def lake(self) -> LakeAddress:
        """Where the lake lies, for its services and for every other client."""
        bootstrap = f"127.0.0.1:{self.ports.kafka}"
        return LakeAddress(self._gcs.lake_root, self.home.service_account, bootstrap, self.max_record_bytes)

    def waves(self, installations: Installations) -> list[list[Engine]]:
        """Those of one wave start side by side; a wave needs the ones before it."""
        kafka = KafkaSettings(self.ports.kafka, self.ports.kafka_controller, self.max_record_bytes)
        first: list[Engine] = [self._gcs, Kafka(self.home, kafka, installations.kafka)]
        second: list[Engine] = []
        third: list[Engine] = []
        fourth: list[Engine] = []
        postgres = Postgres(self.home, self.ports.postgres)
        if {QUERY, SOURCES} & set(self.parts):
            first.append(postgres)
        if SOURCES in self.parts:
            bootstrap = self.lake.kafka_bootstrap_servers
            worker = ConnectSettings(bootstrap, self.ports.connect, self.max_record_bytes)
            second.append(Connect(self.home, worker, installations.connect))
        if QUERY in self.parts:
            store = LakeStore(self._gcs.lake_root, self._gcs.address, self.home.service_account)
            metastore = Metastore(
                self.home, self.ports.metastore, postgres.login, store, installations.metastore
            )
            second.append(metastore)
            # The first of its wave, as its start takes the longest.
            trino = Trino(self.home, self.ports.trino, metastore.uri, store, installations.trino)
            third.append(trino)
            ports = self.ports
            third += [
                SilverProcessor(self.home, self.lake, nth, ports.silver + nth - 1, installations.spark)
                for nth in range(1, self.silvers + 1)
            ]
            fourth.append(QueryGateway(self.lake, trino, ports.gateway_http, ports.gateway_grpc))
            fourth.append(self._monitor)
        third.append(IngestRouter(self.lake, self.ports.router_http, self.ports.router_grpc))
        third.append(LogRouter(self.lake, self.ports.log_router))
        third += [
            BronzeWriter(self.lake, nth, self.ports.writer + nth - 1) for nth in range(1, self.writers + 1)
        ]
        return [wave for wave in (first, second, third, fourth) if wave]

    def furnish(self, engine: Engine) -> None:
        """Makes what must be in an engine for those that come after it. May be repeated."""
        if isinstance(engine, Kafka):
            make_internal_topics(engine.bootstrap_servers)
        elif isinstance(engine, Postgres):
            make_databases(engine.login)

    @property
    def _monitor(self) -> Monitor:
        """Beside the query layer: a road alone is watched by whoever made it."""
        ports = self.ports
        writers = {f"bronze-writer-{nth}": ports.writer + nth - 1 for nth in range(1, self.writers + 1)}
        silvers = {silver_name(nth): ports.silver + nth - 1 for nth in range(1, self.silvers + 1)}
        asked = {
            "ingest-router": ports.router_http,
            "log-router": ports.log_router,
            **writers,
            **silvers,
            "query-gateway": ports.gateway_http,
        }
        connect = f"http://127.0.0.1:{ports.connect}" if SOURCES in self.parts else None
        return Monitor(self.lake, ports.monitor_http, ports.monitor_grpc, asked, connect)

    @property
    def _gcs(self) -> Gcs:
        return Gcs(self.home, self.ports.gcs)
