"""One look at one dataset: the ledger first, then freshness, of the very versions that were counted."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from deltalake import DeltaTable
from tidelake.contracts.contract import Contract
from tidelake.ledger.runs import Offsets
from tidelake.runtime.clock import Clock
from tidelake.streams.topics import Topics
from tidelake.streams.values import TopicPartition
from tidelake.tables.errors import FilesMissing
from tidelake.tables.positions import Source

from monitor.core.announced import Announced
from monitor.core.freshness import Freshness, Hop, Waiting
from monitor.core.ledger import Counted
from monitor.core.log_ends import LogEnds, Rate
from monitor.core.picture import DatasetPicture, Rates
from monitor.core.quarantine import Quarantine
from monitor.core.truncates import Truncate
from monitor.flows.count_ledger import LedgerOf, waits_since
from monitor.flows.find_truncates import TruncateSearch
from monitor.flows.measure_freshness import measure_bronze, measure_silver

_TRUNCATES_S = 30.0
TREND = 60
"""Looks that a trend goes back."""

KafkaRecords = Callable[[str, int, int, int], Offsets]
"""Topic, partition, first, end: offsets of its committed records there."""


class DatasetLook:
    """Looks at one major version of a dataset, again and again. For one thread."""

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
        self._truncates = TruncateSearch()
        self._truncate: Truncate | None = None
        self._truncates_at: float | None = None

    def look(self, contract: Contract) -> DatasetPicture:
        """Raises as `_look`."""
        try:
            return self._look(contract)
        except FilesMissing:
            self._ledger.doubt_files()  # the next look says which, and how many
            raise

    def _look(self, contract: Contract) -> DatasetPicture:
        """Raises TableMissing, FilesMissing, StoreUnavailable, StoreRefused, LogUnreadable, UnknownTopic,
        BrokerUnavailable, ReaderStalled, KafkaException."""
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
        if not counted.count.is_read:
            return self._picture(contract, None, counted, None, "")
        self._ends.taken(tokens)
        self._decided.see(counted.count.decided, self._clock.monotonic())
        waiting = self._waiting(contract, counted, tables, tokens, seen_at, now)
        hops, quarantine = self._measure(contract, tables, now)
        freshness = Freshness(contract.freshness.total_seconds(), hops, waiting)
        self._trend.append(freshness.figure_s)
        self._look_for_truncates(contract, tables, now)
        return self._picture(contract, freshness, counted, quarantine, "")

    def _look_for_truncates(
        self, contract: Contract, tables: Mapping[str, DeltaTable], now: datetime
    ) -> None:
        """Every so often, as it costs a read of the newest outcomes."""
        at, outcomes = self._clock.monotonic(), tables.get(contract.outcomes_path)
        if outcomes is None or (self._truncates_at is not None and at - self._truncates_at < _TRUNCATES_S):
            return
        self._truncate = self._truncates.newest(contract, outcomes, now)
        self._truncates_at = at

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
            truncate=self._truncate,
            trouble=trouble,
        )
