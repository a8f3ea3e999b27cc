"""Counts the road of every dataset from door to silver, and balances it."""

import threading
import time
from collections.abc import Collection, Mapping, Sequence

from deltalake import DeltaTable
from tidelake.contracts.contract import Contract
from tidelake.contracts.given_up import read_all_given_up
from tidelake.contracts.registry import PublishedContract
from tidelake.streams.topics import Topics
from tidelake.streams.values import TopicPartition
from tidelake.tables.delta_creation import open_table
from tidelake.tables.missing_files import require_files
from tidelake.tables.positions import Source
from tidelake.tables.storage import LakeStorage

from .balance import DatasetBalance, balance_door, balance_partition
from .bronze_reader import read_bronze
from .counts import DoorCount, KafkaPartition
from .kafka_reader import OnRecords, read_offsets
from .silver_balance import SilverBalance
from .silver_reader import SilverTables

LOOK_AGAIN_S = 0.5
SILVER_PATIENCE_S = 90.0
"""A silver-processor that has just started is at its first batch for a good while."""
BETWEEN_COMMITS_S = 20.0
"""How long, beyond that, silver's commit of a batch may be ahead of that of its outcomes."""


def records_in_kafka(topics: Topics, topic: str) -> int:
    """Offsets between log start and last stable offset over all partitions: at most so many records."""
    partitions = [TopicPartition(topic, number) for number in range(topics.partitions(topic))]
    starts, ends = topics.log_starts(partitions), topics.last_stable_offsets(partitions)
    return sum(ends[at] - starts[at] for at in partitions)


def take_balance(
    published: PublishedContract,
    *,
    versions: Collection[PublishedContract],
    storage: LakeStorage,
    bootstrap: str,
    topics: Topics,
    door: Mapping[str, Sequence[DoorCount]],
    only_major: bool,
    progress: OnRecords,
) -> DatasetBalance:
    """Balance of one dataset's major version; `versions`: all that are published of it.

    Kafka is counted first, and what it had then is what must be in bronze and have its outcome: that records
    go on coming in changes nothing. Silver is opened before bronze, so that it can only be behind it. What
    bronze lacks gets twice the contract's freshness to arrive, and what silver has not explained a minute
    and a half.

    Raises UnknownTopic, BrokerUnavailable, ReaderStalled, TableMissing, FilesMissing, LogUnreadable,
    StoreUnavailable, StoreRefused.
    """
    contract = published.contract
    _require_files(storage, contract)
    topic_id = topics.topic_id(contract.topic)
    partitions = [
        TopicPartition(contract.topic, number) for number in range(topics.partitions(contract.topic))
    ]
    starts, ends = topics.log_starts(partitions), topics.last_stable_offsets(partitions)
    in_kafka = [_count(bootstrap, topic_id, at, starts[at], ends[at], progress=progress) for at in partitions]
    objects = storage.objects()
    sources = {at: Source(topic_id, at.partition) for at in partitions}
    begun = {sources[at]: ends[at] for at in partitions}
    windows = {str(one.contract.version): one.contract.dedupe_window for one in versions}
    late = time.monotonic() + 2 * contract.freshness.total_seconds()
    late_in_silver = time.monotonic() + SILVER_PATIENCE_S
    while True:
        looking = time.monotonic()
        silver = SilverTables.open(storage, contract)
        with read_bronze(open_table(storage, contract.bronze_path), contract.bronze_path) as rows:
            ids = rows.ids()
            ends_after = topics.last_stable_offsets(partitions)
            given_up = read_all_given_up(objects, contract.dataset, topic_id)
            balance = DatasetBalance(
                dataset=contract.dataset,
                major=contract.major,
                source=contract.source,
                only_major=only_major,
                bronze_version=rows.version,
                door=balance_door(door.get(contract.address, ())),
                partitions=tuple(
                    balance_partition(
                        kafka,
                        rows.partition(sources[at]),
                        given_up.get(kafka.partition, ()),
                        ends_after[at],
                    )
                    for at, kafka in zip(partitions, in_kafka, strict=True)
                ),
                rows_of_earlier_topics=sum(rows.of_other_topics(topic_id).values()),
                rows=ids.rows,
                distinct_ids=ids.distinct,
                rows_without_id=ids.without,
                silver=silver and silver.balance(rows.connection, windows, begun),
            )
        now = time.monotonic()
        late_here = balance.waiting and now <= late
        if not late_here and not _unsettled(balance.silver, now - late_in_silver):
            return balance
        # A look at large tables takes long; the services need the processor more than it does.
        threading.Event().wait(max(LOOK_AGAIN_S, now - looking))


def _require_files(storage: LakeStorage, contract: Contract) -> None:
    """Of bronze first: silver can be made anew only if that is whole."""
    for path in (contract.bronze_path, contract.silver_path, contract.outcomes_path):
        if DeltaTable.is_deltatable(storage.uri(path), storage.delta_options()):
            require_files(open_table(storage, path), path)


def _unsettled(silver: SilverBalance | None, late_s: float) -> bool:
    """Whether waiting longer may still change what silver says; `late_s`: seconds past its patience."""
    if silver is None or not silver.unsettled:
        return False
    return late_s <= (BETWEEN_COMMITS_S if silver.missing else 0.0)


def _count(
    bootstrap: str, topic_id: str, at: TopicPartition, first: int, end: int, *, progress: OnRecords
) -> KafkaPartition:
    """One partition as a read_committed reader finds it; a hole is looked into by a second reader."""
    offsets = read_offsets(bootstrap, at.topic, at.partition, first, end, committed=True, progress=progress)
    aborted = empty = 0
    if len(offsets) < end - first:
        every = read_offsets(
            bootstrap, at.topic, at.partition, first, end, committed=False, progress=lambda _: None
        )
        aborted = len(every) - len(offsets)
        empty = end - first - len(every)
    return KafkaPartition(topic_id, at.topic, at.partition, first, end, offsets, aborted, empty)
