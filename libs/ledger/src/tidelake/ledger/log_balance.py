"""Whether every log line is in a dataset or among the dead letters. Pure: positions in, verdicts out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tidelake.tables.positions import Source

from .balance import EXAMPLES, Verdict
from .coverage import Coverage, cover, distinct
from .runs import NO_RUNS, Runs, first_offsets, joined, parts_of, rows_in

Origins = Mapping[Source, Runs]
"""Positions in logs.inbound, by their partition, with repeats."""


@dataclass(frozen=True, slots=True)
class InboundPartition:
    """One partition of logs.inbound as it was when the count began."""

    source: Source
    log_start: int  # included
    end: int  # not included
    lines: Runs  # offsets of its records, each once, also those of aborted transactions
    committed: int | None  # the log-router says that all below it is routed; None: it has not said anything


@dataclass(frozen=True, slots=True)
class Landed:
    """The records of one dataset that the log-router made, or else somebody who writes to its topic."""

    records: int
    origins: Origins


@dataclass(frozen=True, slots=True)
class DatasetLines:
    """What one dataset has of the lines that logs.inbound keeps."""

    address: str
    lines: int
    repeats: int  # records of a line that the dataset has already
    strangers: int  # records that name no line: whoever made them was no log-router


@dataclass(frozen=True, slots=True)
class LogBalance:
    """logs.inbound against datasets and dead letters. All figures count positions in logs.inbound that Kafka
    still keeps, but for `repeats` and `strangers`, which count records.

    lines = routed + dead_letters + waiting + missing + unproved.
    """

    lines: int
    routed: int  # in one dataset or several
    dead_letters: int  # among the dead letters, and in no dataset
    rerouted: int  # of `routed`, those that are dead letters, too: routed twice, by other contracts
    waiting: int  # nowhere yet, and the log-router has not said that it is done with them
    missing: int  # nowhere, though the log-router is done with them
    unproved: int  # nowhere, and they may have been dead letters that Kafka no longer keeps
    deleted_unread: int  # offsets that Kafka deleted before the log-router had read them
    unknown: int  # in a dataset or among the dead letters, and no line
    datasets: tuple[DatasetLines, ...]
    reasons: Mapping[str, int]  # dead letters by reason
    examples: tuple[str, ...]  # a few positions (topic id/partition/offset) that are missing or unknown

    @property
    def faults(self) -> int:
        """What no waiting mends."""
        return self.missing + self.deleted_unread + self.unknown

    @property
    def verdict(self) -> Verdict:
        if self.faults:
            return Verdict.NOT_BALANCED
        return Verdict.BEHIND if self.waiting else Verdict.BALANCED

    @property
    def balanced(self) -> bool:
        return self.verdict is Verdict.BALANCED


@dataclass(frozen=True, slots=True)
class _Partition:
    routed: int
    dead: int
    rerouted: int
    waiting: int
    missing: Runs
    unproved: int
    deleted_unread: int
    unknown: Runs


def balance_lines(
    inbound: Sequence[InboundPartition],
    datasets: Mapping[str, Landed],
    dead: Mapping[str, Origins],
    forgotten: Origins,
) -> LogBalance:
    """Compare position by position.

    `datasets` by address and `dead` by reason are read after `inbound`, so that what the log-router had said
    by then must be in them. `forgotten`: lines of which Kafka no longer keeps the dead letters, if they were
    any. Positions of earlier topics of the name, and those that Kafka has deleted, are not compared.
    """
    routed, letters = _together(one.origins for one in datasets.values()), _together(dead.values())
    found = {
        at.source: _partition(
            at,
            routed.get(at.source, NO_RUNS),
            letters.get(at.source, NO_RUNS),
            forgotten.get(at.source, NO_RUNS),
        )
        for at in inbound
    }
    each = list(found.values())
    return LogBalance(
        lines=sum(rows_in(at.lines) for at in inbound),
        routed=sum(one.routed for one in each),
        dead_letters=sum(one.dead for one in each),
        rerouted=sum(one.rerouted for one in each),
        waiting=sum(one.waiting for one in each),
        missing=sum(rows_in(one.missing) for one in each),
        unproved=sum(one.unproved for one in each),
        deleted_unread=sum(one.deleted_unread for one in each),
        unknown=sum(rows_in(one.unknown) for one in each),
        datasets=tuple(_dataset(address, datasets[address], inbound) for address in sorted(datasets)),
        reasons={
            reason: count
            for reason in sorted(dead)
            if (count := sum(rows_in(_kept(dead[reason], at)) for at in inbound))
        },
        examples=_positions({source: (one.missing, one.unknown) for source, one in found.items()}),
    )


def passed_over(
    inbound: Sequence[InboundPartition], datasets: Iterable[Landed], dead: Mapping[str, Origins]
) -> Origins:
    """Lines that are nowhere, though the log-router is done with them."""
    places = _together([*(one.origins for one in datasets), *dead.values()])
    passed = {at.source: _passed(at, cover(at.lines, places.get(at.source, NO_RUNS))) for at in inbound}
    return {source: runs for source, runs in passed.items() if len(runs)}


def _partition(at: InboundPartition, routed: Runs, dead: Runs, forgotten: Runs) -> _Partition:
    in_datasets, in_letters = (distinct(parts_of(runs, at.log_start, at.end)) for runs in (routed, dead))
    compared = cover(at.lines, distinct(joined((in_datasets, in_letters))))
    passed = _passed(at, compared)
    only_dead = cover(in_letters, in_datasets).without
    return _Partition(
        routed=rows_in(_both(in_datasets, at.lines)),
        dead=rows_in(_both(only_dead, at.lines)),
        rerouted=rows_in(_both(_both(in_letters, in_datasets), at.lines)),
        waiting=rows_in(compared.without) - rows_in(passed),
        missing=cover(passed, forgotten).without,
        unproved=rows_in(_both(passed, forgotten)),
        deleted_unread=max(0, at.log_start - at.committed) if at.committed is not None else 0,
        unknown=compared.unknown,
    )


def _passed(at: InboundPartition, compared: Coverage) -> Runs:
    """A log-router that says nothing is done with what lies before the last line that is somewhere."""
    done = at.committed if at.committed is not None else compared.reach
    return parts_of(compared.without, 0, done)


def _dataset(address: str, landed: Landed, inbound: Sequence[InboundPartition]) -> DatasetLines:
    named = sum(rows_in(runs) for runs in landed.origins.values())
    return DatasetLines(
        address=address,
        lines=sum(rows_in(_kept(landed.origins, at)) for at in inbound),
        repeats=named - sum(rows_in(distinct(runs)) for runs in landed.origins.values()),
        strangers=landed.records - named,
    )


def _kept(origins: Origins, at: InboundPartition) -> Runs:
    """Those of the positions that are lines which Kafka keeps, each once."""
    return _both(distinct(origins.get(at.source, NO_RUNS)), at.lines)


def _both(these: Runs, those: Runs) -> Runs:
    """Offsets that are in both. Each of the runs is without repeats."""
    return cover(these, cover(these, those).without).without


def _together(many: Iterable[Origins]) -> Origins:
    found: dict[Source, list[Runs]] = {}
    for origins in many:
        for source, runs in origins.items():
            found.setdefault(source, []).append(runs)
    return {source: joined(parts) for source, parts in found.items()}


def _positions(faults: Mapping[Source, Iterable[Runs]]) -> tuple[str, ...]:
    found = [
        f"{source.topic_id}/{source.partition}/{offset}"
        for source in sorted(faults)
        for runs in faults[source]
        for offset in first_offsets(runs, EXAMPLES)
    ]
    return tuple(found[:EXAMPLES])
