"""What the tables of one dataset come to, position by position. Pure: positions in, a count out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from tidelake.ledger.coverage import cover
from tidelake.ledger.position_files import Positions
from tidelake.ledger.runs import NO_RUNS, Runs, first_offsets, joined, rows_in
from tidelake.tables.positions import Source

from monitor.core.absent import Absent
from monitor.core.gaps import GapWatch, skipped

EXAMPLES = 5

FaultKind = Literal[
    "missing-in-bronze",
    "doubled-in-bronze",
    "missing",
    "doubled",
    "unknown",
    "missing-in-silver",
    "missing-files",
]
MEANING: Mapping[FaultKind, str] = {
    "missing-in-bronze": "in Kafka, read by a writer, and not in bronze",
    "doubled-in-bronze": "in bronze more than once",
    "missing": "in bronze without an outcome, though later ones have theirs",
    "doubled": "with more than one outcome",
    "unknown": "with an outcome, and not in bronze",
    "missing-in-silver": "keys that the outcomes have, and that are not in silver",
    "missing-files": "data files that a table's log names are not in the store, or not whole",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What no waiting mends."""

    kind: FaultKind
    rows: int  # of missing-files: files, whose rows nobody knows
    examples: tuple[tuple[Source, int], ...]  # a few positions; none of missing-in-silver and missing-files
    files: tuple[str, ...] = ()  # of missing-files: a few, by their paths below the lake's root

    @property
    def places(self) -> tuple[str, ...]:
        """The examples as text: topic id/partition/offset, or files."""
        return self.files or tuple(f"{at.topic_id}/{at.partition}/{offset}" for at, offset in self.examples)


@dataclass(frozen=True, slots=True)
class LedgerCount:
    """One count of one major version of a dataset, by the rows of its tables."""

    counted_at: datetime
    bronze_version: int
    silver_version: int | None  # None: no silver
    outcomes_version: int | None
    bronze_rows: int
    in_silver: int  # rows: of an upsert dataset keys, deleted ones among them
    outcomes: Mapping[str, int]  # by word
    waiting: int  # rows of bronze without an outcome that may have one yet
    suspects: int  # of them, rows that silver jumped over not long enough ago to call them lost
    faults: tuple[Fault, ...]
    silver_explains: bool = True  # see Contract
    awaits_silver: bool = False  # which has not made its tables yet
    unasked: int = 0  # offsets that bronze passed without a row, and of which Kafka was not asked yet

    @property
    def balanced(self) -> bool:
        return not self.faults

    @property
    def is_read(self) -> bool:
        """Whether the tables could be read. If not, the numbers are what their logs say, and no row was
        compared."""
        return all(fault.kind != "missing-files" for fault in self.faults)

    @property
    def is_whole(self) -> bool:
        """Whether nothing is still looked into that may turn out to be a fault."""
        return not self.suspects and not self.unasked and not self.awaits_silver

    @property
    def decided(self) -> int:
        """Rows with an outcome."""
        return (self.in_silver if self.silver_explains else 0) + sum(self.outcomes.values())


@dataclass(frozen=True, slots=True)
class SilverPositions:
    """Silver and its outcomes, opened before bronze was."""

    silver: Positions
    outcomes: Positions
    between_commits: bool  # silver has a decision whose other rows the outcomes lack yet
    silver_explains: bool  # see Contract
    keys: int = 0  # of an upsert dataset: those that silver must have by the outcomes; of others nothing

    @property
    def keys_missing(self) -> int:
        """Silver was opened after the outcomes and is committed before them: it may have more of them."""
        return max(0, self.keys - self.silver.rows)

    @property
    def explained(self) -> Mapping[Source, Runs]:
        """The positions that have an outcome."""
        tables = [self.silver, self.outcomes] if self.silver_explains else [self.outcomes]
        sources = {source for table in tables for source in table.runs}
        return {source: joined(table.runs.get(source, NO_RUNS) for table in tables) for source in sources}


@dataclass(frozen=True, slots=True)
class Counted:
    """A count, and the rows that wait, for who wants to know since when."""

    count: LedgerCount
    waiting: Mapping[Source, Runs]


def count_ledger(
    bronze: Positions,
    silver: SilverPositions | None,
    absent: Absent,
    gaps: GapWatch,
    at: datetime,
    now: float,
    *,
    awaits_silver: bool = False,
) -> Counted:
    """`now`: seconds on the clock of `gaps`. `awaits_silver`: there is none yet, and there is to be one."""
    explained: Mapping[Source, Runs] = silver.explained if silver else {}
    faults = [_fault("missing-in-bronze", absent.records)]
    without: dict[Source, Runs] = {}
    jumped: dict[Source, Runs] = {}
    repeated: dict[Source, Runs] = {}
    doubled: dict[Source, Runs] = {}
    unknown: dict[Source, Runs] = {}
    for source in sorted(bronze.runs.keys() | explained.keys()):
        rows = bronze.runs.get(source, NO_RUNS)
        found = cover(rows, explained.get(source, NO_RUNS))
        repeated[source], doubled[source], unknown[source] = found.repeated, found.doubled, found.unknown
        without[source] = found.without
        jumped[source] = skipped(found.without, found.reach)
    jumped = {source: runs for source, runs in jumped.items() if silver and len(runs)}
    unsettled = silver is not None and silver.between_commits
    lost = gaps.still_lost(jumped, now) if unsettled else gaps.lost(jumped, now)
    faults += [_fault("doubled-in-bronze", repeated), _fault("missing", lost)]
    faults += [_fault("doubled", doubled), _fault("unknown", unknown)]
    faults += [Fault("missing-in-silver", silver.keys_missing if silver else 0, ())]
    waiting = {
        source: cover(runs, lost[source]).without if source in lost else runs
        for source, runs in without.items()
    }
    count = LedgerCount(
        counted_at=at,
        bronze_version=bronze.version,
        silver_version=silver.silver.version if silver else None,
        outcomes_version=silver.outcomes.version if silver else None,
        bronze_rows=bronze.rows,
        in_silver=silver.silver.rows if silver else 0,
        outcomes=silver.outcomes.words if silver else {},
        waiting=_rows(waiting) if silver else 0,
        suspects=_rows(jumped) - _rows(lost),
        faults=tuple(fault for fault in faults if fault.rows),
        silver_explains=silver is None or silver.silver_explains,
        awaits_silver=awaits_silver,
        unasked=absent.unasked,
    )
    return Counted(count, {source: runs for source, runs in waiting.items() if silver and len(runs)})


def files_missing(missing: Mapping[str, Sequence[str]]) -> Fault:
    """Names of files by their table's path."""
    files = [f"{path}/{name}" for path, names in missing.items() for name in names]
    return Fault("missing-files", len(files), (), tuple(files[:EXAMPLES]))


def _rows(runs: Mapping[Source, Runs]) -> int:
    return sum(rows_in(one) for one in runs.values())


def _fault(kind: FaultKind, runs: Mapping[Source, Runs]) -> Fault:
    examples = [
        (source, offset) for source in sorted(runs) for offset in first_offsets(runs[source], EXAMPLES)
    ]
    return Fault(kind, _rows(runs), tuple(examples[:EXAMPLES]))
