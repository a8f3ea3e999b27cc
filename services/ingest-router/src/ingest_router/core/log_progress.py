"""How far each partition of the inbound topic is routed, what was skipped, and what stands still."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(slots=True)
class _Run:
    """One partition under one assignment."""

    generation: int
    next_offset: int | None  # all below it is acknowledged; None: nothing is known yet
    moved_at: float  # when it moved last, or had nothing to do
    moved: bool = False  # whether it did since it began


@dataclass(frozen=True, slots=True)
class Standing:
    """A partition with lines that wait, in which nothing has moved."""

    partition: int
    waiting: range  # offsets
    seconds: float


class Progress:
    """Knows what may be committed. Times are seconds of one monotonic clock. Not for more than one thread.

    A generation is one assignment of partitions in the group. Offsets begin anew in each: where the group had
    committed, or at the log's start, as another worker may have gone on in between.
    """

    def __init__(self) -> None:
        self._runs: dict[int, _Run] = {}

    def assigned(self, partitions: Mapping[int, int | None], generation: int, now: float) -> None:
        """The partitions that this worker has now, each with where it starts (None: not known)."""
        for partition in self._runs.keys() - partitions.keys():
            del self._runs[partition]
        for partition, committed in partitions.items():
            self._begun(partition, generation, committed, now)

    def from_start(self, partition: int, generation: int, committed: int | None, first: int) -> bool:
        """Whether the first lines of a generation are to be read from the log's start on: the group had
        committed nothing, or what lies behind them, and so in another log of the name."""
        run = self._runs.get(partition)
        if run is not None and run.generation == generation and run.moved:
            return False
        return committed is None or committed > first

    def gap(self, partition: int, generation: int, begin: int | None, first: int, now: float) -> range:
        """Offsets between what is acknowledged and the first line that came: nothing may be in them.

        `begin`: where the generation begins, which its first lines must tell.
        """
        run = self._begun(partition, generation, begin, now)
        if generation < run.generation:
            return range(first, first)  # read before the partition went and came back: it comes again
        if not run.moved:
            run.next_offset = begin
        assert run.next_offset is not None, "where it begins is told with its first lines"
        return range(run.next_offset, max(run.next_offset, first))

    def done(self, partition: int, generation: int, end: int, now: float) -> int | None:
        """Kafka has acknowledged everything below `end` that came in this generation. Returns what may be
        committed; None if the partition was taken away meanwhile, so that it is read again by who has it now.
        """
        run = self._runs.get(partition)
        if run is None or run.generation != generation:
            return None
        run.next_offset = max(end, run.next_offset or 0)
        run.moved_at, run.moved = now, True
        return run.next_offset

    def waiting(self, logs: Mapping[int, range]) -> Mapping[int, range]:
        """Offsets that are not routed yet, of each partition whose log is known."""
        waiting: dict[int, range] = {}
        for partition, run in self._runs.items():
            if (kept := logs.get(partition)) is not None:
                first = kept.start if run.next_offset is None else run.next_offset
                waiting[partition] = range(first, max(first, kept.stop))
        return waiting

    def standing(self, waiting: Mapping[int, range], patience_s: float, now: float) -> Sequence[Standing]:
        """Partitions that have had lines to route for longer than that, and did not move. Where it is not
        known what waits, no time counts."""
        found: list[Standing] = []
        for partition, run in self._runs.items():
            if not waiting.get(partition):
                run.moved_at = now
            elif now - run.moved_at > patience_s:
                found.append(Standing(partition, waiting[partition], now - run.moved_at))
        return found

    def _begun(self, partition: int, generation: int, committed: int | None, now: float) -> _Run:
        run = self._runs.get(partition)
        if run is None or run.generation < generation:
            run = self._runs[partition] = _Run(generation, committed, now)
        elif run.next_offset is None:
            run.next_offset = committed
        return run
