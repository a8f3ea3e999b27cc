"""What a soak found: figures, series, and what of its demands does not hold. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tidelake.bench.soak.levels import Level, Samples
from tidelake.bench.soak.staleness import Recovery

_NAMED = 3
_RATE_KEPT = 0.9  # of what was wanted: what is due while a process is away comes after it


@dataclass(frozen=True, slots=True)
class Written:
    """What the senders of one source wrote. `rate`: acknowledged a second while kills were made."""

    wanted_rate: float
    rate: float
    acknowledged: int
    given_up: int  # not acknowledged when the soak ended: promised to nobody
    refusals: Sequence[str] = ()  # of what is sound


@dataclass(frozen=True, slots=True)
class Killed:
    """One kill. Seconds since the beginning; `served_again`: None if it did not come up."""

    name: str
    at: float
    served_again: float | None
    recoveries: Mapping[str, Recovery]  # by dataset


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of all that was acknowledged into one dataset, compared by identity."""

    acknowledged: int  # identities
    not_in_bronze: Sequence[str]
    not_explained: Sequence[str]  # in bronze, and silver says nothing of their positions
    not_in_silver: Sequence[str]  # neither in silver nor among its outcomes; of changes: not as in the source

    @property
    def lost(self) -> int:
        return len({*self.not_in_bronze, *self.not_explained, *self.not_in_silver})


@dataclass(frozen=True, slots=True)
class Delay:
    """Of one dataset, from when a write was due until it could be read in silver. Seconds."""

    promised: float
    p50: float
    p95: float
    p99: float
    most: float
    stale_share: float  # of the time that kills were made


@dataclass(frozen=True, slots=True)
class Series:
    """By name, of (seconds since the beginning, value)."""

    delay: Mapping[str, Samples]  # seconds, by dataset
    rate: Mapping[str, Samples]  # acknowledged a second, by source
    pss: Mapping[str, Samples]  # bytes, by process
    cpu: Mapping[str, Samples]  # processor seconds, by process
    sizes: Mapping[str, Samples]  # bytes, by folder and log


@dataclass(frozen=True, slots=True)
class SoakReport:
    """All of one soak."""

    machine: str
    day: str
    seconds: float
    seed: int
    wanted_rate: float
    kill_every_s: float
    recovers_within_s: float
    warm_up_s: float
    fresh_when_begun: bool
    came_to_rest: bool  # silver had all that Kafka had, some minutes after the last write at most
    written: Mapping[str, Written]  # by source
    kills: Sequence[Killed]
    ended_by_themselves: Sequence[str]  # names, once for each time
    failed_starts: Sequence[str]
    kept: Mapping[str, Kept]  # by dataset
    audit: Mapping[str, str]  # verdict by dataset
    delay: Mapping[str, Delay]  # by dataset
    memory: Sequence[Level] | None  # None: too short to judge
    sizes: Sequence[Level] | None
    series: Series
    findings: Sequence[str] = field(default=())

    @property
    def holds(self) -> bool:
        return not self.findings


def findings(report: SoakReport) -> list[str]:
    """Each demand that does not hold, as a sentence; none if all do."""
    found: list[str] = []
    for dataset, kept in report.kept.items():
        if kept.lost:
            example = [*kept.not_in_bronze, *kept.not_explained, *kept.not_in_silver][0]
            found.append(
                f"{dataset}: of {kept.acknowledged:,} acknowledged, {len(kept.not_in_bronze):,} are not in "
                f"bronze, {len(kept.not_explained):,} have no outcome, and {len(kept.not_in_silver):,} are "
                f"not in silver, such as {example}."
            )
    found += [
        f"{dataset}: the ledger is {verdict}."
        for dataset, verdict in report.audit.items()
        if verdict != "balanced"
    ]
    if not report.fresh_when_begun:
        found.append(
            f"The lake was not fresh in {report.warm_up_s:.0f} s of warming up, before anything was killed."
        )
    if not report.came_to_rest:
        found.append("Silver had not caught up five minutes after the last write.")
    found += [
        f"{source}: sound requests were refused {len(one.refusals)} times, such as: {one.refusals[0]}"
        for source, one in report.written.items()
        if one.refusals
    ]
    found += _not_written(report)
    found += _not_recovered(report)
    for level in report.memory or ():
        if not level.levels_off:
            found.append(
                f"Memory of {level.name} does not level off: at most {level.before / 1e6:,.0f} MB in the "
                f"second third, {level.at_last / 1e6:,.0f} MB in the last."
            )
    for level in report.sizes or ():
        if not level.levels_off:
            found.append(
                f"The {level.name} grows ever faster: by {level.before / 1e6:,.1f} MB in the second third, "
                f"by {level.at_last / 1e6:,.1f} MB in the last."
            )
    if report.failed_starts:
        example = report.failed_starts[0].splitlines()[0]
        found.append(f"{len(report.failed_starts)} starts failed before one came up, such as: {example}")
    return found


def _not_written(report: SoakReport) -> list[str]:
    """A write that nobody acknowledges is promised to nobody, and so is neither lost nor late."""
    found: list[str] = []
    for source, one in report.written.items():
        if one.given_up:
            found.append(f"{source}: {one.given_up:,} writes were never acknowledged.")
        if one.rate < one.wanted_rate * _RATE_KEPT:
            found.append(
                f"{source}: {one.rate:,.1f} writes a second were acknowledged, "
                f"of {one.wanted_rate:,.0f} wanted."
            )
    return found


def _not_recovered(report: SoakReport) -> list[str]:
    late = [
        (kill, dataset, recovery)
        for kill in report.kills
        for dataset, recovery in kill.recoveries.items()
        if not recovery.within(report.recovers_within_s)
    ]
    if not late:
        return []
    kills = len({kill.at for kill, _, _ in late})
    late.sort(key=lambda one: -one[2].seconds)
    named = "; ".join(
        f"{dataset} {'' if recovery.over else 'at least '}{recovery.seconds:.0f} s after {kill.name} at "
        f"{kill.at:.0f} s"
        for kill, dataset, recovery in late[:_NAMED]
    )
    return [
        f"Freshness does not recover within {report.recovers_within_s:.0f} s of {kills} of "
        f"{len(report.kills)} kills: {named}."
    ]
