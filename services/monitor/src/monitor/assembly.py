"""Puts the monitor together around the engines that it is given; opens nothing itself."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

from opentelemetry.metrics import Meter
from tidelake.contracts.reading import read_contracts
from tidelake.contracts.registry import PublishedContracts
from tidelake.ledger.group_reader import GroupReader
from tidelake.ledger.kafka_reader import read_offsets
from tidelake.ledger.runs import Offsets
from tidelake.runtime.clock import Clock
from tidelake.runtime.health import Health
from tidelake.streams.producer import Producer
from tidelake.streams.topics import Topics
from tidelake.tables.objects import Objects
from tidelake.tables.storage import LakeStorage

from monitor.core.announced import Announced
from monitor.core.conditions import Patience
from monitor.flows.board import Board
from monitor.flows.follow_commits import CommitFollower
from monitor.flows.keep_history import HistoryKeeper
from monitor.flows.look_at_datasets import DatasetLooks
from monitor.flows.look_at_lines import LinesLook
from monitor.flows.look_at_sources import SourcesLook
from monitor.flows.ports import Connectors, Feed, Processes, Receiver
from monitor.flows.raise_alerts import AlertDesk
from monitor.flows.read_processes import ProcessLooks
from monitor.flows.watch_lake import LakeWatch
from monitor.outbound.alerts_topic import AlertsTopic
from monitor.outbound.metrics import observe_lake
from monitor.outbound.ops_tables import freshness_table, ledger_table, process_table
from monitor.settings import MonitorSettings


@dataclass(frozen=True, slots=True)
class Engines:
    """What the monitor works with."""

    storage: LakeStorage
    objects: Objects
    topics: Topics
    producer: Producer
    feed: Feed
    processes: Processes
    connect: Connectors | None
    receiver: Receiver | None
    log_router: GroupReader  # how far the log-routers are
    meter: Meter
    clock: Clock


class Monitor:
    """The parts that something outside drives: threads that repeat a step, and servers."""

    def __init__(self, settings: MonitorSettings, engines: Engines) -> None:
        clock, bootstrap = engines.clock, settings.kafka_bootstrap_servers
        self.board, self.health = Board(), Health()
        self._published = PublishedContracts(engines.objects)
        self._clock = clock
        self._contracts_read_at = -math.inf
        announced = Announced(settings.window)
        self.follower = CommitFollower(engines.feed, announced, clock)
        self._processes = ProcessLooks(engines.processes, settings.endpoints)
        store = AlertsTopic(
            engines.producer, engines.topics, bootstrap, settings.alerts_topic, settings.webhook_timeout
        )
        self.desk = AlertDesk(store, engines.receiver, clock)
        looks = DatasetLooks(
            engines.storage,
            engines.topics,
            partial(_records, bootstrap),
            announced,
            clock,
            settings.window,
            settings.gap_patience,
            settings.full_count_interval,
            settings.files_interval,
        )
        self.watch = LakeWatch(
            self._published,
            looks,
            LinesLook(
                engines.storage,
                engines.topics,
                engines.log_router,
                bootstrap,
                clock,
                lambda: self._contracts_read_at,
            ),
            SourcesLook(engines.connect),
            self.desk,
            self.board,
            Patience(settings.freshness_patience, settings.quarantine_share),
            clock,
            lambda: self._contracts_read_at > -math.inf,
        )
        self._tables = [build(engines.storage) for build in (freshness_table, ledger_table, process_table)]
        freshness, ledger, processes = self._tables
        self._history = HistoryKeeper(freshness, ledger, processes, settings.tables_interval)
        self._tables_made = False
        observe_lake(engines.meter, lambda: self.board.picture)
        self.health.set("lake", False, "not looked at yet")

    def read_contracts(self) -> str:
        """Raises StoreUnavailable, StoreRefused."""
        began = self._clock.monotonic()
        said = read_contracts(self._published)
        self._contracts_read_at = began
        return said

    def look_at_processes(self) -> None:
        """Never raises: who does not answer is shown so."""
        self.board.processes = self._processes.look()

    def keep_history(self) -> None:
        """The tables are there before they have rows, so that a catalogue can name them. Raises CommitFailed,
        LogUnreadable, StoreUnavailable, StoreRefused."""
        if not self._tables_made:
            for table in self._tables:
                table.ensure()
            self._tables_made = True
        if self.board.picture is not None:
            self._history.step(self.board.picture)


def _records(bootstrap: str, topic: str, partition: int, first: int, end: int) -> Offsets:
    return read_offsets(bootstrap, topic, partition, first, end, committed=True, progress=lambda _: None)
