"""One look at every dataset: the ledger first, then freshness, of the very versions that were counted."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog
from confluent_kafka import KafkaException
from deltalake import DeltaTable
from tidelake.contracts.contract import Contract
from tidelake.contracts.registry import PublishedContracts
from tidelake.ledger.runs import Offsets
from tidelake.runtime.clock import Clock
from tidelake.runtime.errors import LakeError
from tidelake.streams.topics import Topics
from tidelake.streams.values import TopicPartition
from tidelake.tables.positions import Source
from tidelake.tables.storage import LakeStorage

from monitor.core.announced import Announced
from monitor.core.freshness import Freshness, Hop, Waiting
from monitor.core.ledger import Counted
from monitor.core.log_ends import LogEnds, Rate
from monitor.core.picture import DatasetPicture, Rates
from monitor.core.quarantine import Quarantine
from monitor.flows.count_ledger import LedgerOf, waits_since
from monitor.flows.measure_freshness import measure_bronze, measure_silver

log = structlog.get_logger()

TREND = 60
"""Looks that a trend goes back."""

KafkaRecords = Callable[[str, int, int, int], Offsets]
"""Topic, partition, first, end: offsets of its committed records there."""


class DatasetLooks:
    """Looks at all published datasets. For one thread."""

    def __init__(
        self,
        storage: LakeStorage,
        topics: Topics,
        records: KafkaRecords,
        announced: Announced,
        clock: Clock,
        window: timedelta,
        patience: timedelta,
        anew: timedelta,
    ) -> None:
        self._open: Callable[[Contract], _DatasetLook] = lambda contract: _DatasetLook(
            LedgerOf(storage, contract, patience, anew, clock), topics, records, announced, clock, window
        )
        self._looks: dict[str, _DatasetLook] = {}

    def look(self, published: PublishedContracts) -> tuple[DatasetPicture, ...]:
        """What can't be looked at keeps no other from being looked at, and says why."""
        contracts = [one.contract for one in published.tables() if published.binding(*one.table) is not None]
        for gone in self._looks.keys() - {contract.address for contract in contracts}:
            del self._looks[gone]
        found: list[DatasetPicture] = []
        for contract in contracts:
            look = self._looks.setdefault(contract.address, self._open(contract))
            try:
                found.append(look.look(contract))
            except (LakeError, KafkaException) as failed:
                log.warning("dataset_not_looked_at", dataset=contract.address, reason=str(failed))
                found.append(look.nothing(contract, str(failed)))
        return tuple(found)


class _DatasetLook:
    def __init__(
        self,
        ledger: LedgerOf,
        topics: Topics,
        records: KafkaRecords,
        announced: Announced,
        clock: Clock,
        window: timedelta,
    ) -> None:
        self._ledger = ledger
        self._topics = topics
        self._records = records
        self._announced = announced
        self._clock = clock
        self._window = window
        self._ends = LogEnds()
        self._in_kafka, self._decided = Rate(60.0), Rate(60.0)
        self._trend: deque[float | None] = deque(maxlen=TREND)

    def look(self, contract: Contract) -> DatasetPicture:
        topic, now = contract.topic, self._clock.now()
        topic_id = self._topics.topic_id(topic)
        at = [TopicPartition(topic, number) for number in range(self._topics.partitions(topic))]
        ends = {
            Source(topic_id, one.partition): end for one, end in self._topics.last_stable_offsets(at).items()
        }
        seen_at = self._clock.monotonic()
        self._ends.see(ends, seen_at)
        self._in_kafka.see(sum(ends.values()), seen_at)

        def records(source: Source, first: int, end: int) -> Offsets:
            start = self._topics.log_starts([TopicPartition(topic, source.partition)])
            (begin,) = start.values()
            return self._records(topic, source.partition, max(first, begin), end)

        done = self._ledger.count(contract, topic_id, len(at), records)
        if done is None:
            return self.nothing(contract, "bronze-writer has not made its table yet")
        counted, tables, tokens = done
        self._ends.taken(tokens)
        self._decided.see(counted.count.decided, self._clock.monotonic())
        waiting = self._waiting(contract, counted, tables, tokens, seen_at, now)
        hops, quarantine = self._measure(contract, tables, now)
        freshness = Freshness(contract.freshness.total_seconds(), hops, waiting)
        self._trend.append(freshness.figure_s)
        return self._picture(contract, freshness, counted, quarantine, "")

    def nothing(self, contract: Contract, why: str) -> DatasetPicture:
        """What is shown of a dataset that can't be looked at."""
        return self._picture(contract, None, None, None, why)

    def _waiting(
        self,
        contract: Contract,
        counted: Counted,
        tables: Mapping[str, DeltaTable],
        tokens: Mapping[Source, int],
        seen_at: float,
        now: datetime,
    ) -> Waiting:
        since = waits_since(counted, tables, contract)
        unread = self._ends.unread(tokens)
        return Waiting(
            unread_s=self._ends.oldest_s(tokens, seen_at) if unread else 0.0,
            unread=unread,
            unread_known=self._ends.is_known(tokens),
            undecided_s=max(0.0, (now - since).total_seconds()) if since else 0.0,
            undecided=counted.count.waiting,
        )

    def _measure(
        self, contract: Contract, tables: Mapping[str, DeltaTable], now: datetime
    ) -> tuple[tuple[Hop, ...], Quarantine | None]:
        to_bronze = measure_bronze(contract, tables[contract.bronze_path], now, self._window)
        if contract.silver_path not in tables:
            return (to_bronze,), None
        to_silver, whole, quarantine = measure_silver(contract, tables, to_bronze, now, self._window)
        return (to_bronze, to_silver, whole), quarantine

    def _picture(
        self,
        contract: Contract,
        freshness: Freshness | None,
        counted: Counted | None,
        quarantine: Quarantine | None,
        trouble: str,
    ) -> DatasetPicture:
        return DatasetPicture(
            address=contract.address,
            dataset=contract.dataset,
            major=contract.major,
            description=contract.description,
            owner=contract.owner,
            source=contract.source,
            slo_s=contract.freshness.total_seconds(),
            freshness=freshness,
            ledger=counted.count if counted else None,
            quarantine=quarantine,
            rates=Rates(
                self._in_kafka.per_s,
                self._announced.rows_per_s(contract.bronze_path, self._clock.now()),
                self._decided.per_s,
            ),
            trend_s=tuple(self._trend),
            trouble=trouble,
        )
