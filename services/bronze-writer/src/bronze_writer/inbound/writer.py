"""The writer itself: what its consumer brings and what its group gives and takes, handed to the flows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from tidelake.runtime.shutdown import Deadline
from tidelake.streams.consumer import Polled
from tidelake.streams.values import TopicPartition

from bronze_writer.core.dataset import Dataset
from bronze_writer.core.pace import is_due
from bronze_writer.flows.announce_commits import announce_commits, repeat_announcements
from bronze_writer.flows.commit_table import commit_table
from bronze_writer.flows.compact_tables import Compaction
from bronze_writer.flows.follow_datasets import follow_datasets
from bronze_writer.flows.give_up_partitions import drop_partitions, finish_partitions
from bronze_writer.flows.open_table import fresh_handle, troubles_of
from bronze_writer.flows.place_partitions import place_partitions
from bronze_writer.flows.ports import Ports
from bronze_writer.flows.relieve_pressure import relieve_pressure
from bronze_writer.flows.settle_attempt import settle_attempt
from bronze_writer.flows.table_state import Assignment, NextOffsets, TableState
from bronze_writer.flows.take_records import take_records

_LONGEST_ROUND_S = 1.0
"""After so long with one table after the other the group is polled again; the others come first then."""


class BronzeWriter:
    """The consumer loop's Work, and its consumer's RebalanceListener. One thread calls everything here, and a
    rebalance happens only while it polls: no commit is ever under way during one."""

    def __init__(self, ports: Ports, datasets: Callable[[], Sequence[Dataset]]) -> None:
        """`datasets` says which there are now; it must not wait."""
        self._ports = ports
        self._datasets = datasets
        self._tables: dict[str, TableState] = {}  # by topic
        self._refused: dict[str, str] = {}  # table path -> why
        self._compaction = Compaction()
        self._drained = False

    @property
    def tokens(self) -> Mapping[TopicPartition, int]:
        """Where the table stands, of every partition that is placed. For other threads: a copy."""
        return {
            assignment.at: assignment.pending.first
            for table in list(self._tables.values())
            for assignment in list(table.assignments.values())
            if assignment.pending is not None
        }

    @property
    def topics(self) -> Collection[str]:
        """Topics that the writer's group reads. For other threads: a copy."""
        return tuple(self._tables)

    @property
    def buffered_bytes(self) -> int:
        """Bytes taken from Kafka and not yet committed, of all tables."""
        return sum(table.buffered_bytes for table in self._tables.values())

    # --- Work: called after every poll ---

    def handle(self, polled: Polled) -> NextOffsets:
        """See Work.handle."""
        ports = self._ports
        follow_datasets(self._datasets(), self._tables, self._refused, self, ports)
        take_records(polled, self._assignments(), ports)
        offsets: dict[TopicPartition, int] = {}
        began = ports.clock.monotonic()
        for table in sorted(self._tables.values(), key=_worked_at):
            table.worked_at = ports.clock.monotonic()
            offsets.update(self._work_on(table))
            self._compaction.consider(table, ports)
            if ports.clock.monotonic() - began > _LONGEST_ROUND_S:
                break
        relieve_pressure(self._tables.values(), ports)
        return offsets

    def drain(self, deadline: Deadline) -> NextOffsets:
        """See Work.drain."""
        self._drained = True
        offsets: dict[TopicPartition, int] = {}
        for table in self._tables.values():
            if not deadline.expired:
                offsets.update(finish_partitions(table, table.assignments.keys(), self._ports))
        return offsets

    # --- RebalanceListener: called inside consume and close ---

    def assigned(self, partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, int | None]:
        """See RebalanceListener.assigned. They stand paused until they are placed by the table's tokens."""
        for at in partitions:
            if (table := self._tables.get(at.topic)) is not None:
                table.assignments[at] = Assignment(at)
        return dict.fromkeys(partitions)

    def revoked(self, partitions: Collection[TopicPartition]) -> None:
        """See RebalanceListener.revoked. The others wait: what takes too long is left to the next owner."""
        deadline = Deadline(self._ports.limits.revoke_within, self._ports.clock)
        for table, going in self._by_table(partitions):
            if not self._drained and not deadline.expired:
                offsets = finish_partitions(table, going, self._ports)
                if offsets:
                    self._ports.consumer.commit(offsets)
            drop_partitions(table, going, self._ports)

    def lost(self, partitions: Collection[TopicPartition]) -> None:
        """See RebalanceListener.lost."""
        for table, gone in self._by_table(partitions):
            drop_partitions(table, gone, self._ports)

    def _work_on(self, table: TableState) -> NextOffsets:
        ports, now = self._ports, self._ports.clock.monotonic()
        offsets: dict[TopicPartition, int] = {}
        if table.trouble is not None and now < table.retry_at:
            return offsets
        interval = table.dataset.commit_interval
        with troubles_of(table, ports):
            if not table.made:
                fresh_handle(table, ports)
            settle_attempt(table, ports)
            place_partitions(table, ports)
            repeat_announcements(table, ports)
            offsets.update(announce_commits(table, ports))
            if is_due(table.pendings, now, interval, ports.limits.max_commit_bytes):
                commit_table(table, ports)
                offsets.update(announce_commits(table, ports))
        ports.metrics.buffered(table.dataset.table_path, table.buffered_bytes)
        return {at: offset for at, offset in offsets.items() if at in table.assignments}

    def _assignments(self) -> Mapping[TopicPartition, Assignment]:
        return {at: each for table in self._tables.values() for at, each in table.assignments.items()}

    def _by_table(
        self, partitions: Collection[TopicPartition]
    ) -> Sequence[tuple[TableState, Collection[TopicPartition]]]:
        mine: dict[str, set[TopicPartition]] = {}
        for at in partitions:
            mine.setdefault(at.topic, set()).add(at)
        return [(self._tables[topic], ats) for topic, ats in mine.items() if topic in self._tables]


def _worked_at(table: TableState) -> float:
    return table.worked_at
