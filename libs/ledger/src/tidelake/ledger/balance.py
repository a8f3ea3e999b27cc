"""Decides whether door, Kafka, bronze and silver agree. Pure: counts in, verdicts out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from tidelake.contracts.contract import Source
from tidelake.contracts.names import dataset_address
from tidelake.tables.positions import OffsetRange

from .counts import BronzePartition, DoorCount, KafkaPartition
from .silver_balance import SilverBalance

EXAMPLES = 5
Offsets = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PartitionBalance:
    """Kafka against bronze for one partition. Grain: (topic id, partition). All figures count positions."""

    topic_id: str
    topic: str
    partition: int
    log_start: int  # included
    stable_end: int  # not included: Kafka's last stable offset
    kafka_records: int
    bronze_rows: int  # all rows of the partition, also those that Kafka no longer keeps
    missing: int  # in Kafka, covered by the table's token, and not in bronze
    waiting: int  # in Kafka, behind the table's token: not written yet
    deleted_unread: int  # offsets from the token to Kafka's log start: deleted there before they were read
    beyond_end: int  # offsets that the token is past Kafka's end: Kafka lost what bronze has
    not_covered: int  # in Kafka, before the first offset that the writer ever read
    doubled: int  # rows beyond the first of a position
    unknown: int  # in bronze, inside Kafka's range, and not in Kafka
    expired: int  # in bronze, below Kafka's log start: can't be compared any more
    given_up: int  # covered offsets without a row that a person gave up, since Kafka deleted them unread
    unproved: int  # others without a row that Kafka no longer keeps: nobody can tell what they were
    holes: int  # offsets where a second, read_uncommitted reader found an aborted record or nothing
    examples: tuple[int, ...]  # a few offsets that are missing, doubled or unknown

    @property
    def faults(self) -> int:
        """What no waiting mends."""
        return self.missing + self.deleted_unread + self.beyond_end + self.doubled + self.unknown

    @property
    def balanced(self) -> bool:
        return not self.faults and not self.waiting


@dataclass(frozen=True, slots=True)
class DoorBalance:
    """The door's own equation for one address: received = acknowledged + refused + unconfirmed."""

    received: int
    acknowledged: int
    refused: Mapping[str, int]  # by reason
    unconfirmed: int
    unfinished_runs: int  # runs without a last count that are not known to live: a hole of a second at most
    majors_apart: bool  # False: some doors counted all major versions of the dataset as one

    @property
    def balanced(self) -> bool:
        return self.received == self.acknowledged + sum(self.refused.values()) + self.unconfirmed


class Verdict(StrEnum):
    """What an audit comes to."""

    BALANCED = "balanced"  # all that Kafka had when the count began
    BEHIND = "balanced so far"  # the rest is on its way, and has had its time
    NOT_BALANCED = "not balanced"


@dataclass(frozen=True, slots=True)
class DatasetBalance:
    """Everything that `lake audit` says of one major version of a dataset."""

    dataset: str
    major: int  # of the contract's version: each has a topic and a table of its own
    source: Source  # of its records
    only_major: bool  # published of the dataset
    bronze_version: int  # the Delta version that was counted
    door: DoorBalance
    partitions: tuple[PartitionBalance, ...]
    rows_of_earlier_topics: int  # of topics of the same name that Kafka no longer has
    rows: int  # in bronze
    distinct_ids: int  # distinct Kafka keys among bronze rows: event ids, keys of a table, a shipper's own
    rows_without_id: int  # without a key
    silver: SilverBalance | None  # None: the dataset has no silver table

    @property
    def address(self) -> str:
        """What senders, and the doors' counts, call this major version of the dataset."""
        return dataset_address(self.dataset, self.major)

    @property
    def repeats(self) -> int:
        """Rows whose key an earlier row has: of events, silver will make one of them."""
        return self.rows - self.rows_without_id - self.distinct_ids

    @property
    def kafka_records(self) -> int:
        return sum(partition.kafka_records for partition in self.partitions)

    @property
    def acknowledged_not_in_kafka(self) -> int:
        """Records that the door acknowledged and Kafka lacks. 0 where that can't be told (door_comparable).

        More in Kafka than acknowledged is no fault: producers may write to it straight, and the last second
        of a killed door is not counted.
        """
        if not self.door_comparable:
            return 0
        return max(0, self.door.acknowledged - self.kafka_records)

    @property
    def door_comparable(self) -> bool:
        """Whether Kafka still keeps all that the door's counts are about, and they are about nothing else."""
        whole = all(at.log_start == 0 for at in self.partitions)
        alone = self.only_major or self.door.majors_apart
        return alone and whole and self.rows_of_earlier_topics == 0

    @property
    def waiting(self) -> int:
        """Records that bronze has not written yet."""
        return sum(at.waiting for at in self.partitions)

    @property
    def verdict(self) -> Verdict:
        """The worst of its parts."""
        parts = [*self.partitions, *([self.silver] if self.silver else [])]
        if not self.door.balanced or self.acknowledged_not_in_kafka or any(part.faults for part in parts):
            return Verdict.NOT_BALANCED
        return Verdict.BALANCED if all(part.balanced for part in parts) else Verdict.BEHIND

    @property
    def balanced(self) -> bool:
        return self.verdict is Verdict.BALANCED


def _repeated(offsets: Offsets) -> Offsets:
    return offsets[1:][offsets[1:] == offsets[:-1]]


def _without_row(ranges: Sequence[OffsetRange], first: int, end: int, rows: Offsets) -> int:
    """Offsets of the ranges, which may overlap, within [first, end) that have no row. `rows`: ascending."""
    count, reached = 0, first
    for offsets in sorted(ranges):
        begin, stop = max(offsets.first, reached), min(offsets.end, end)
        if begin < stop:
            count += stop - begin - int(np.searchsorted(rows, stop) - np.searchsorted(rows, begin))
            reached = stop
    return count


def balance_partition(
    kafka: KafkaPartition, bronze: BronzePartition, given_up: Sequence[OffsetRange], end_after: int
) -> PartitionBalance:
    """Compare position by position, so that a lost and a doubled row can't cancel each other out.

    `given_up`: what people gave up of this partition. Only what has no row counts as such. `end_after`:
    Kafka's last stable offset, asked after bronze was read: it may have grown beyond what was counted to.
    """
    rows = np.sort(bronze.offsets)
    doubled = _repeated(rows)
    distinct = np.unique(rows)
    first = bronze.first_covered
    token = bronze.next_offset
    absent = np.setdiff1d(kafka.offsets, distinct, assume_unique=True)
    not_covered = absent[absent < first] if first is not None else absent[:0]
    waiting = absent[absent >= token] if token is not None else absent
    missing = np.setdiff1d(np.setdiff1d(absent, not_covered, assume_unique=True), waiting, assume_unique=True)
    expired = distinct[distinct < kafka.log_start]
    begun = first if first is not None else 0
    covered_end = min(token, kafka.log_start) if token is not None and first is not None else begun
    lost = _without_row(given_up, begun, covered_end, distinct)
    inside = distinct[(distinct >= kafka.log_start) & (distinct < kafka.stable_end)]
    unknown = np.setdiff1d(inside, kafka.offsets, assume_unique=True)
    examples = np.concatenate([missing[:EXAMPLES], doubled[:EXAMPLES], unknown[:EXAMPLES]])
    return PartitionBalance(
        topic_id=kafka.topic_id,
        topic=kafka.topic,
        partition=kafka.partition,
        log_start=kafka.log_start,
        stable_end=kafka.stable_end,
        kafka_records=len(kafka.offsets),
        bronze_rows=len(rows),
        missing=len(missing),
        waiting=len(waiting),
        not_covered=len(not_covered),
        doubled=len(doubled),
        unknown=len(unknown),
        expired=len(expired),
        deleted_unread=max(0, kafka.log_start - token) if token is not None else 0,
        beyond_end=max(0, token - max(kafka.stable_end, end_after)) if token is not None else 0,
        given_up=lost,
        unproved=max(0, covered_end - begun - len(expired) - lost),
        holes=kafka.aborted + kafka.empty,
        examples=tuple(int(offset) for offset in examples[:EXAMPLES]),
    )


def balance_door(counts: Sequence[DoorCount]) -> DoorBalance:
    """Sum the last count of each router run of one address."""
    refused: dict[str, int] = {}
    for count in counts:
        for reason, records in count.refused.items():
            refused[reason] = refused.get(reason, 0) + records
    return DoorBalance(
        received=sum(count.received for count in counts),
        acknowledged=sum(count.acknowledged for count in counts),
        refused=dict(sorted(refused.items())),
        unconfirmed=sum(count.unconfirmed for count in counts),
        unfinished_runs=sum(not count.final and not count.lives for count in counts),
        majors_apart=all(count.major is not None for count in counts),
    )
