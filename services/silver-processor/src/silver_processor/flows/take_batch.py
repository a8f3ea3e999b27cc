"""One micro-batch: judged, decided against silver, brought into silver, explained in the outcomes, announced.

Every step may be done twice, by another driver too, and after a fall between any two of them. Decisions have
numbers, one after the other for both tables together. Each is committed to silver first, if only as a number,
and of two with one number silver takes one. If it has outcomes, silver's commit says so, and who finds them
missing closes the outcomes for them before it decides anything: whether their driver is gone or only slow,
it must decide anew (decision 0046).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute as pc
import structlog
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from tidelake.contracts.contract import Contract
from tidelake.runtime.clock import whole_milliseconds
from tidelake.runtime.errors import LakeError, Transient
from tidelake.tables.announcement import AnnouncedRange, Announcement, CommitAnnounced
from tidelake.tables.row_spans import POSITION_ATTRIBUTES

from silver_processor.core.committing import CommitConflict
from silver_processor.core.shaping import Stamp
from silver_processor.core.spans import Ends, PartitionSpan, pieces, spans_of
from silver_processor.flows.announce_commits import Announcements
from silver_processor.flows.decide_changes import decide_changes
from silver_processor.flows.decide_events import decide_events
from silver_processor.flows.decided import Undecided
from silver_processor.flows.ports import Ports, Table, TableAt

log = structlog.get_logger()

_MOST_TRIES = 5
MOST_ROWS = 250_000
MOST_BYTES = 128 * 1024**2
"""Of a commit, unless one commit of bronze has more: its rows pass through this process. Bytes of records,
each of which comes as it was sent and once more as it was read."""
AT_ONCE_BYTES = 1024**2
"""By the sizes of its files in bronze. A batch no larger comes from Spark by one job instead of three."""


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
    newest: dict[tuple[str, int], datetime]  # event time in silver, by topic id and partition
    has_taken: bool = False
    """Whether a batch since the start was taken to its end."""
    tried_before: bool = False
    """Whether somebody began with the next batch before, and did not come to its end."""


def take_batch(
    judged: DataFrame, contract: Contract, table: TableAt, state: StreamState, ports: Ports
) -> Sequence[Taken]:
    """Takes rows of bronze, judged by the contract (see core.judging): as one, or in several pieces if they
    span more than the dedupe window or are too many for one commit. Nothing if there are none.

    Raises BatchContended, AnnouncementFailed and whatever Spark raises; then the batch is to be taken again.
    """
    state.announcements.announce()
    # Files are compressed: of what repeats itself a small one may hold much. A batch that somebody fell over,
    # or was killed by, is taken the careful way after the start.
    small = not state.tried_before and _bytes_in_bronze(judged) <= AT_ONCE_BYTES
    sizes, piece = _at_once(judged) if small else _kept_by_spark(judged)
    taken = [
        take_piece(piece(ends), contract, table, state, ports)
        for ends in pieces(sizes, contract.dedupe_window, MOST_ROWS, MOST_BYTES)
    ]
    state.has_taken, state.tried_before = True, False
    return taken


_Pieces = tuple[pa.Table, Callable[[Ends], pa.Table]]
"""written_at and bytes of each row, and the rows between two times of commit."""


def _at_once(judged: DataFrame) -> _Pieces:
    rows = judged.toArrow()
    at: Any = pc.field("written_at")
    lengths = cast("Any", pc).binary_length(rows["value"])
    sizes = rows.select(["written_at"]).append_column("bytes", lengths)
    return sizes, lambda ends: rows.filter((at >= ends[0]) & (at <= ends[1]))


def _kept_by_spark(judged: DataFrame) -> _Pieces:
    """Spark spills what neither process could hold."""
    kept = judged.localCheckpoint()
    sizes = kept.select("written_at", F.octet_length("value").cast("bigint").alias("bytes")).toArrow()
    return sizes, lambda ends: kept.where(F.col("written_at").between(*ends)).toArrow()


def _bytes_in_bronze(judged: DataFrame) -> int:
    """Of its files, compressed; vast if Spark does not know. The plan is the one that is run afterwards."""
    plan = cast("Any", judged)._jdf.queryExecution().optimizedPlan()
    return int(plan.stats().sizeInBytes())


def take_piece(
    judged: pa.Table, contract: Contract, table: TableAt, state: StreamState, ports: Ports
) -> Taken:
    """Takes judged rows that do not span more than the dedupe window. Raises as take_batch."""
    batch = _Batch(
        contract=contract,
        judged=judged,
        spans=spans_of(judged),
        silver=table(contract.silver_path),
        outcomes=table(contract.outcomes_path),
        state=state,
        ports=ports,
    )
    for _ in range(_MOST_TRIES):
        try:
            taken = batch.take()
        except CommitConflict as conflict:
            # Decided again from what the tables hold now. It may hold this very commit, if its answer was
            # lost, and then nobody has announced it.
            log.warning("commit_conflict", table=conflict.path, reason=str(conflict))
            ports.metrics.conflict(conflict.path)
            state.announcements.repeat_newest([batch.silver, batch.outcomes])
            state.announcements.announce()
        else:
            return taken
    raise BatchContended(contract.address, _MOST_TRIES)


@dataclass(frozen=True, slots=True)
class _Batch:
    contract: Contract
    judged: pa.Table
    spans: Sequence[PartitionSpan]
    silver: Table
    outcomes: Table
    state: StreamState
    ports: Ports

    def take(self) -> Taken:
        began = self.ports.clock.now()
        # 1. What is committed against first: what is decided from it holds, or the commit is refused.
        silver, outcomes = self.silver.snapshot(), self.outcomes.snapshot()
        if outcomes.decision < silver.promised:
            outcomes.close(silver.promised)
        number = max(silver.decision, outcomes.decision) + 1
        stamp = Stamp(whole_milliseconds(self.ports.clock.now()), str(self.contract.version))
        # 2. What the tables, as they are, say of each row.
        decide = decide_events if self.contract.mode == "append" else decide_changes
        batch = Undecided(self.judged, self.spans, self.contract, self.state.newest, stamp)
        decided = decide(batch, silver, outcomes)
        # 3. Silver, then the outcomes.
        new, others = decided.silver, decided.outcomes
        if new or others:
            add = silver.append if self.contract.mode == "append" or not new else silver.replace
            promises = bool(others)
            self._commit(self.silver.path, new, stamp, lambda said: add(new, said, number, promises=promises))
        if others:
            self._commit(
                self.outcomes.path, others, stamp, lambda said: outcomes.append(others, said, number)
            )
        self.state.newest.update(decided.newest)
        self.ports.spans.done(
            "silver decision",
            decided.rows,
            began,
            self.ports.clock.now(),
            {"lake.table": self.silver.path, "lake.decision": number},
            {**POSITION_ATTRIBUTES, "outcome": "lake.outcome"},
        )
        return Taken(self.spans, len(new), len(others))

    def _commit(self, path: str, rows: pa.Table, stamp: Stamp, commit: Callable[[Announcement], int]) -> None:
        """Brings the rows in and announces the commit."""
        announcement = self._announcement(path, len(rows), stamp)
        version = commit(announcement)
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
