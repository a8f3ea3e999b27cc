"""From what both sides spent to the rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tidelake.bench.rows import Row, row
from tidelake.local.memory import Cost

PEER = "consume and Parquet with zstd, no Delta"


@dataclass(frozen=True, slots=True)
class SideBySide:
    """One run of both sides over the same records. Start-up is in neither side's cost."""

    records: int
    payload_bytes: int  # of each record
    start_up_cpu_s: float  # of the writer, until it was ready
    ours: Cost
    bare: Cost


def bronze_rows(size: str, runs: Sequence[SideBySide]) -> list[Row]:
    """The rows of all runs with payloads of one size."""

    def compared(measure: str, unit: str, figure: Callable[[SideBySide, Cost], float]) -> Row:
        mine, theirs = [figure(run, run.ours) for run in runs], [figure(run, run.bare) for run in runs]
        return row(f"{size}: {measure}", unit, mine, PEER, theirs)

    start_ups = [run.start_up_cpu_s for run in runs]
    return [
        compared("records a CPU second", "records", lambda run, cost: run.records / cost.cpu_seconds),
        compared(
            "payload a CPU second",
            "MB",
            lambda run, cost: run.records * run.payload_bytes / cost.cpu_seconds / 1e6,
        ),
        compared("CPU of a run", "s", lambda _, cost: cost.cpu_seconds),
        compared("largest PSS", "MB", lambda _, cost: cost.pss_bytes / 1e6),
        row(f"{size}: CPU of the start-up, apart", "s", start_ups),
    ]
