"""Silver made once more, out of bronze alone and beside the live tables, and compared with them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from tidelake.contracts.contract import Contract
from tidelake.runtime.errors import LakeError, Terminal
from tidelake.runtime.shutdown import Deadline, StopSignal
from tidelake.tables.announcement import CommitAnnounced

from silver_processor.core.differing import Difference, Ends, differences, keys_behind, told, told_of_changes
from silver_processor.core.judging import Judge
from silver_processor.core.shapes import POSITION
from silver_processor.core.spans import instant
from silver_processor.flows.announce_commits import Announcements
from silver_processor.flows.make_tables import make_tables
from silver_processor.flows.ports import Ports, TableAt
from silver_processor.flows.take_batch import StreamState, take_batch

ROWS_AT_ONCE = 200_000
_SLICE = timedelta(minutes=1)
"""Bronze is counted in such slices of its commit time; one of them is the least that is taken at once."""
_LOOK_EVERY = timedelta(seconds=2)


class RebuildStopped(LakeError, Terminal):
    """It was told to stop before it was done."""

    def __init__(self, address: str) -> None:
        super().__init__(f"The rebuild of {address} was stopped. The live tables are as they were.")


class Nobody:
    """An announcer for tables that no reader follows."""

    def announce(self, commit: CommitAnnounced) -> None:
        """Does nothing."""


@dataclass(frozen=True, slots=True)
class Wait:
    """How long live tables are waited for that have not come as far, and what ends a rebuild early."""

    patience: Deadline
    stop: StopSignal


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What came of a rebuild."""

    rows: int  # of bronze
    inserted: int
    outcomes: int
    differences: Sequence[Difference]  # from the live tables; none: they are equal


def rebuild(
    contract: Contract,
    bronze: DataFrame,
    live: TableAt,
    beside: TableAt,
    ports: Ports,
    wait: Wait,
    on_rows: Callable[[int, int], None],
) -> Rebuilt:
    """Decides every row of `bronze`, one version of the table, from nothing, in the order of its commits.

    `on_rows` is told after each piece how many rows are done, and of how many. Raises RebuildStopped and
    whatever Spark raises.
    """
    make_tables(contract, beside)
    state, judge = StreamState(Announcements(Nobody()), {}), Judge(contract)
    done = inserted = outcomes = 0
    ends, total = _ends(bronze)
    for begin, end in _pieces(bronze):
        if wait.stop.requested:
            raise RebuildStopped(contract.address)
        piece = bronze.where((F.col("written_at") >= begin) & (F.col("written_at") < end))
        for taken in take_batch(judge.judge(piece), contract, beside, state, ports):
            done += sum(span.rows for span in taken.spans)
            inserted += taken.inserted
            outcomes += taken.outcomes
        on_rows(done, total)
    return Rebuilt(done, inserted, outcomes, _compare(contract, live, beside, ends, wait))


def _compare(
    contract: Contract, live: TableAt, beside: TableAt, ends: Ends, wait: Wait
) -> Sequence[Difference]:
    kept: DataFrame | None = None
    while True:
        if contract.mode == "append":
            kept = kept or _told(contract, beside, ends).localCheckpoint()
            found = differences(_told(contract, live, ends), kept)
        else:
            # Outcomes first: each of these is in silver by then. Each is read once, as a key that changes
            # between two readings would be told as a difference; silver has no more what it had before.
            columns = (*POSITION, "outcome", "event_id", "reasons", "of")
            outcomes = live(contract.outcomes_path).read().select(*columns).localCheckpoint()
            silver = live(contract.silver_path).read().localCheckpoint()
            moved = keys_behind(silver, ends)
            paths = contract.silver_path, contract.outcomes_path
            silver_again, outcomes_again = (beside(path).read() for path in paths)
            found = differences(
                told_of_changes(silver, outcomes, contract, ends, moved),
                told_of_changes(silver_again, outcomes_again, contract, ends, moved),
            )
        if wait.patience.expired or not any(difference.only_waits for difference in found):
            return found
        if wait.stop.wait(_LOOK_EVERY):
            raise RebuildStopped(contract.address)


def _told(contract: Contract, table: TableAt, ends: Ends) -> DataFrame:
    silver, outcomes = table(contract.silver_path).read(), table(contract.outcomes_path).read()
    return told(silver, outcomes, contract, ends)


def _ends(bronze: DataFrame) -> tuple[Ends, int]:
    """Behind the last offset of each partition, and the number of rows."""
    ends = bronze.groupBy("topic_id", "partition").agg(F.max("offset") + 1, F.count("*")).collect()
    found = cast("list[tuple[str, int, int, int]]", ends)
    return {(topic_id, at): end for topic_id, at, end, _ in found}, sum(rows for *_, rows in found)


def _pieces(bronze: DataFrame) -> Generator[tuple[datetime, datetime]]:
    """Spans of bronze commit time, one behind the other, of about ROWS_AT_ONCE rows each."""
    micros = _SLICE // timedelta(microseconds=1)
    nth = F.floor(F.unix_micros("written_at") / F.lit(micros)).cast("bigint")
    slices = cast("list[tuple[int, int]]", bronze.groupBy(nth.alias("nth")).count().collect())
    begin: int | None = None
    rows = 0
    for number, count in sorted(slices):
        begin = number if begin is None else begin
        rows += count
        if rows >= ROWS_AT_ONCE:
            yield instant(begin * micros), instant((number + 1) * micros)
            begin, rows = None, 0
    if begin is not None:
        last = max(slices)[0]
        yield instant(begin * micros), instant((last + 1) * micros)
