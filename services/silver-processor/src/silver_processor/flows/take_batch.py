"""One micro-batch of an append dataset: judged, decided against silver, added to silver, explained in the
outcomes, announced.

Every step may be done twice, by another driver too, and after a fall between any two of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate
from typing import Any, cast

import pyarrow as pa
import structlog
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from tidelake.contracts.contract import Contract
from tidelake.runtime.clock import whole_milliseconds
from tidelake.runtime.errors import LakeError, Transient
from tidelake.tables.announcement import AnnouncedRange, Announcement, CommitAnnounced

from silver_processor.core.appending import OUTCOME, SILVER, Stamp, decided, explained, reach, undecided
from silver_processor.core.committing import CommitConflict
from silver_processor.core.lateness import with_lateness
from silver_processor.core.spans import Bounds, PartitionSpan, around, instant, is_sound, spans_of
from silver_processor.flows.announce_commits import Announcements
from silver_processor.flows.ports import Ports, Snapshot, Table, TableAt

log = structlog.get_logger()

_MOST_TRIES = 5
MOST_ROWS = 250_000
"""Of a commit, unless one commit of bronze has more: its rows pass through this process."""


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
    ends: dict[tuple[str, int], int] = field(default_factory=dict[tuple[str, int], int])
    """Behind the last offset that anybody has decided, by topic id and partition, as of `tokens`."""
    tokens: Mapping[str, int] = field(default_factory=dict[str, int])
    """Of both tables, by path, as this stream left them."""


def take_batch(
    judged: DataFrame, contract: Contract, table: TableAt, state: StreamState, ports: Ports
) -> Sequence[Taken]:
    """Takes rows of bronze, judged by the contract (see core.judging): as one, or in several pieces if they
    span more than the dedupe window or are too many for one commit. Nothing if there are none.

    `table` opens a table through the batch's own session.

    Raises BatchContended, AnnouncementFailed and whatever Spark raises; then the batch is to be taken again.
    """
    state.announcements.announce()
    # Computed once, here. And cut off from how it was made: what is kept by persist() still has all its rules
    # in the plan, and every later step would be planned with them.
    rest = with_lateness(judged, contract.late_after, state.newest).localCheckpoint()
    taken: list[Taken] = []
    while spans := spans_of(rest):
        piece, (begin, end) = rest, Bounds.of(spans).written_at
        until = min(end, begin + contract.dedupe_window, _reach(rest, spans))
        if until < end:
            piece, rest = rest.where(F.col("written_at") <= until), rest.where(F.col("written_at") > until)
            spans = spans_of(piece)
        taken.append(_take(piece, spans, contract, table, state, ports))
        if until == end:
            break
    return taken


def _reach(rows: DataFrame, spans: Sequence[PartitionSpan]) -> datetime:
    """The commit time up to which there are at most MOST_ROWS rows; at least the first commit's."""
    bounds = Bounds.of(spans)
    if bounds.rows <= MOST_ROWS:
        return bounds.written_at[1]
    counts = rows.groupBy(F.unix_micros("written_at")).count().collect()
    times = sorted(cast("list[tuple[int, int]]", counts))
    upto = accumulate(count for _, count in times)
    fitting = [at for (at, _), total in zip(times, upto, strict=True) if total <= MOST_ROWS]
    return instant(fitting[-1] if fitting else times[0][0])


def _take(
    judged: DataFrame,
    spans: Sequence[PartitionSpan],
    contract: Contract,
    table: TableAt,
    state: StreamState,
    ports: Ports,
) -> Taken:
    batch = _Batch(
        contract=contract,
        spans=spans,
        bounds=Bounds.of(spans),
        silver=table(contract.silver_path),
        outcomes=table(contract.outcomes_path),
        state=state,
        ports=ports,
    )
    for _ in range(_MOST_TRIES):
        try:
            taken = batch.take(judged)
        except CommitConflict as conflict:
            # Decided again from what the tables hold now. It may hold this very commit, if its answer was
            # lost, and then nobody has announced it.
            log.warning("commit_conflict", table=conflict.path, reason=str(conflict))
            ports.metrics.conflict(conflict.path)
            state.tokens = {}
            state.announcements.repeat_newest([batch.silver, batch.outcomes])
            state.announcements.announce()
        else:
            for span in spans:
                at = span.topic_id, span.partition
                state.ends[at] = max(span.end, state.ends.get(at, 0))
                if span.event_time is not None:
                    state.newest[at] = max(span.event_time[1], state.newest.get(at, span.event_time[1]))
            return taken
    raise BatchContended(contract.address, _MOST_TRIES)


@dataclass(frozen=True, slots=True)
class _Batch:
    contract: Contract
    spans: Sequence[PartitionSpan]
    bounds: Bounds
    silver: Table
    outcomes: Table
    state: StreamState
    ports: Ports

    def take(self, judged: DataFrame) -> Taken:
        # 1. What is committed against first: what is read after it can only be newer, and then the commit is
        # refused.
        silver_before, outcomes_before = self.silver.snapshot(), self.outcomes.snapshot()
        tokens = {self.silver.path: silver_before.token, self.outcomes.path: outcomes_before.token}
        stamp = Stamp(whole_milliseconds(self.ports.clock.now()), str(self.contract.version))
        # 2. What silver, as it is, says of each row that has no outcome yet.
        rows = judged
        if not self._surely_fresh(tokens):
            silver, outcomes = self.silver.read(), self.outcomes.read()
            rows = undecided(judged, silver, outcomes, self.bounds).localCheckpoint()
            self.state.ends = reach(silver, outcomes, self.spans)
        found = decided(rows, self._known(rows, silver_before), self.contract, self.bounds)
        told = explained(found, self.contract, stamp, silver_before.shape, outcomes_before.shape).toArrow()
        new, others = (_rows(told[column]) for column in (SILVER, OUTCOME))
        # 3. Silver, then the outcomes.
        if new:
            self._append(self.silver.path, silver_before, new, stamp)
            tokens[self.silver.path] += 1
        if others:
            self._append(self.outcomes.path, outcomes_before, others, stamp)
            tokens[self.outcomes.path] += 1
        self.state.tokens = tokens
        return Taken(self.spans, len(new), len(others))

    def _known(self, rows: DataFrame, silver: Snapshot) -> DataFrame:
        """Rows of silver that may be the same events."""
        sound = rows.where(is_sound()).select("event_id").toArrow()["event_id"]
        known = silver.rows_with("lake_event_id", sound.combine_chunks(), around(self.contract, self.bounds))
        frame = rows.sparkSession.createDataFrame(known)
        return frame if known else frame.limit(0)  # of which the join is not even planned

    def _surely_fresh(self, tokens: Mapping[str, int]) -> bool:
        """Whether no row can have an outcome: all come behind those that anybody had decided when this stream
        last looked, and nobody else has committed since."""
        ends = self.state.ends
        behind = all(
            span.first >= ends.get((span.topic_id, span.partition), span.first + 1) for span in self.spans
        )
        return behind and tokens == self.state.tokens

    def _append(self, path: str, before: Snapshot, rows: pa.Table, stamp: Stamp) -> None:
        """Adds the rows and announces the commit."""
        announcement = self._announcement(path, len(rows), stamp)
        version = before.append(rows, announcement)
        self.state.announcements.add(CommitAnnounced.at(version, announcement))
        self.state.announcements.announce()
        self.ports.metrics.committed(path, len(rows))
        log.info("batch_committed", table=path, version=version, rows=len(rows))

    def _announcement(self, path: str, rows: int, stamp: Stamp) -> Announcement:
        ranges = (
            AnnouncedRange(span.topic_id, span.topic, span.partition, span.first, span.end, span.rows)
            for span in self.spans
        )
        return Announcement(
            path,
            self.contract.dataset,
            self.ports.new_commit_id(),
            stamp.processed_at,
            rows,
            tuple(ranges),
        )


def _rows(column: pa.ChunkedArray[Any]) -> pa.Table:
    """The rows that stand in a column of structs; null is no row."""
    return pa.Table.from_struct_array(column.drop_null())
