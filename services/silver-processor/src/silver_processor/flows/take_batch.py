"""One micro-batch of an append dataset: judged, merged into silver, explained in the outcomes, announced.

Every step may be done twice, by another driver too, and after a fall between any two of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from pyspark.sql import Column, DataFrame
from tidelake.contracts.contract import Contract
from tidelake.runtime.clock import whole_milliseconds
from tidelake.runtime.errors import LakeError, Transient
from tidelake.tables.announcement import AnnouncedRange, Announcement, CommitAnnounced

from silver_processor.core.appending import (
    Stamp,
    explained,
    first_of_each_event,
    refusals,
    repeats,
    sound_rows,
    unexplained,
)
from silver_processor.core.committing import CommitConflict
from silver_processor.core.lateness import with_lateness
from silver_processor.core.spans import Bounds, PartitionSpan, same_event, same_position, spans_of
from silver_processor.flows.announce_commits import Announcements
from silver_processor.flows.ports import Ports, Table, TableAt

log = structlog.get_logger()

_MOST_TRIES = 5


class BatchContended(LakeError, Transient):
    """Other commits kept coming between reading and committing."""

    def __init__(self, dataset: str, tries: int) -> None:
        self.dataset = dataset
        super().__init__(
            f"A batch of {dataset} lost against other commits {tries} times. Nothing is lost: it is taken "
            "again. If this lasts, see whether two silver-processors work on the same lake."
        )


@dataclass(frozen=True, slots=True)
class Taken:
    """What a batch came to."""

    spans: Sequence[PartitionSpan]
    inserted: int
    outcomes: int


@dataclass(slots=True)
class StreamState:
    """What a stream keeps from one batch to the next. All of it can be had again from the tables."""

    announcements: Announcements
    newest: dict[tuple[str, int], datetime]  # newest event time seen, by topic id and partition


def take_batch(
    judged: DataFrame, contract: Contract, table: TableAt, state: StreamState, ports: Ports
) -> Taken | None:
    """Takes rows of bronze, judged by the contract (see core.judging); None if there are none.

    `table` opens a table through the batch's own session.

    Raises BatchContended, AnnouncementFailed and whatever Spark raises; then the batch is to be taken again.
    """
    state.announcements.announce()
    judged = with_lateness(judged, contract.late_after, state.newest).persist()
    try:
        # 1. What the batch spans; computing it judges every row, once.
        spans = spans_of(judged)
        if not spans:
            return None
        taken = _decide(judged, spans, contract, table, state, ports)
    finally:
        judged.unpersist()
    for span in spans:
        if span.event_time is not None:
            at = span.topic_id, span.partition
            state.newest[at] = max(span.event_time[1], state.newest.get(at, span.event_time[1]))
    return taken


def _decide(
    judged: DataFrame,
    spans: Sequence[PartitionSpan],
    contract: Contract,
    table: TableAt,
    state: StreamState,
    ports: Ports,
) -> Taken:
    for _ in range(_MOST_TRIES):
        batch = _Batch(
            contract=contract,
            spans=spans,
            bounds=Bounds.of(spans),
            stamp=Stamp(whole_milliseconds(ports.clock.now()), str(contract.version)),
            silver=table(contract.silver_path),
            outcomes=table(contract.outcomes_path),
            announcements=state.announcements,
            ports=ports,
        )
        try:
            return batch.take(judged)
        except CommitConflict as conflict:
            # Decided again from what the tables hold now: merging the same rows again would not do.
            log.warning("commit_conflict", table=conflict.path, reason=str(conflict))
            ports.metrics.conflict(conflict.path)
    raise BatchContended(contract.address, _MOST_TRIES)


@dataclass(frozen=True, slots=True)
class _Batch:
    contract: Contract
    spans: Sequence[PartitionSpan]
    bounds: Bounds
    stamp: Stamp
    silver: Table
    outcomes: Table
    announcements: Announcements
    ports: Ports

    def take(self, judged: DataFrame) -> Taken:
        # 2. Who has an outcome keeps it.
        fresh = unexplained(judged, self.outcomes.read(), self.bounds)
        # 3. Each event once.
        sound = sound_rows(fresh, self.contract, self.stamp)
        inserted = self._merge_events(first_of_each_event(sound)) if self.bounds.sound else 0
        if inserted == self.bounds.rows:
            return Taken(self.spans, inserted, 0)  # every row is a row of silver: nothing is left to explain
        # 4. What silver, as it is now, says of the others.
        refused = refusals(fresh, self.silver.read(), self.bounds, self.stamp)
        if not self.bounds.sound:
            return Taken(self.spans, 0, self._merge_outcomes(refused))
        found = self._explained(sound)
        try:
            # Repeats further apart than the dedupe window are events of their own, one after the other.
            while not (unknown := found.where("outcome is null").select(*sound.columns)).isEmpty():
                more = self._merge_events(first_of_each_event(unknown))
                assert more, "an event that silver does not know is one that can be inserted"
                inserted += more
                found.unpersist()
                found = self._explained(sound)
            outcomes = repeats(found, self.stamp).unionByName(refused)
            return Taken(self.spans, inserted, self._merge_outcomes(outcomes))
        finally:
            found.unpersist()

    def _explained(self, sound: DataFrame) -> DataFrame:
        return explained(sound, self.silver.read(), self.contract, self.bounds).persist()

    def _merge_events(self, rows: DataFrame) -> int:
        return self._merge(self.silver, rows, same_event(self.contract, self.bounds))

    def _merge_outcomes(self, rows: DataFrame) -> int:
        return self._merge(self.outcomes, rows, same_position(self.bounds))

    def _merge(self, table: Table, rows: DataFrame, matches: Column) -> int:
        """Inserts the rows that the table does not have yet, announces the commit, and returns how many."""
        announcement = self._announcement(table)
        done = table.insert_new(rows, matches, announcement)
        if done.version is not None:
            self.announcements.add(CommitAnnounced.at(done.version, announcement))
            self.announcements.announce()
            self.ports.metrics.committed(table.path, done.inserted)
            log.info("batch_committed", table=table.path, version=done.version, rows=done.inserted)
        return done.inserted

    def _announcement(self, table: Table) -> Announcement:
        ranges = (
            AnnouncedRange(span.topic_id, span.topic, span.partition, span.first, span.end, span.rows)
            for span in self.spans
        )
        return Announcement(
            table.path,
            self.contract.dataset,
            self.ports.new_commit_id(),
            self.stamp.processed_at,
            self.bounds.rows,
            tuple(ranges),
        )
