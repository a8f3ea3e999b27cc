"""From what was seen to the report."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from tidelake.bench.percentiles import percentile
from tidelake.bench.soak.accounts import Account
from tidelake.bench.soak.killing import Kill, Start
from tidelake.bench.soak.levels import JUDGED_FROM_S, Level, Samples, growth_level, memory_level
from tidelake.bench.soak.plan import Plan
from tidelake.bench.soak.report import Delay, Killed, Series, SoakReport, Written, findings
from tidelake.bench.soak.staleness import Span, delays, recovery, share, stale_spans

_RATE_OVER_S = 5


@dataclass(frozen=True, slots=True)
class Times:
    """When and where. Unix seconds."""

    machine: str
    day: str
    started: float  # the first write was due
    began: float  # the warm-up was over
    fresh: bool  # and all datasets were fresh then
    came_to_rest: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """What was done to the stack, and what it took: by name, (seconds since the beginning, value)."""

    kills: Sequence[Kill]
    starts: Sequence[Start]
    pss: Mapping[str, Samples]
    cpu: Mapping[str, Samples]
    sizes: Mapping[str, Samples]


def assemble(
    plan: Plan,
    times: Times,
    seen: Seen,
    accounts: Sequence[Account],
    audit: Mapping[str, str],
) -> SoakReport:
    """The whole report, with its findings."""
    began, end = times.began, times.began + plan.seconds
    ways = {one.source.contract.dataset: _ways(one) for one in accounts}
    promised = {
        one.source.contract.dataset: plan.fresh_s or one.source.contract.freshness.total_seconds()
        for one in accounts
    }
    stale = {dataset: stale_spans(spans, promised[dataset]) for dataset, spans in ways.items()}
    series = Series(
        delay={dataset: _delay_series(spans, began, plan.seconds) for dataset, spans in ways.items()},
        rate={one.source.name: _rate_series(one, began, plan.seconds) for one in accounts},
        pss=seen.pss,
        cpu=seen.cpu,
        sizes=seen.sizes,
    )
    judged = plan.seconds >= JUDGED_FROM_S
    report = SoakReport(
        machine=times.machine,
        day=times.day,
        seconds=plan.seconds,
        seed=plan.seed,
        wanted_rate=plan.load.total,
        kill_every_s=plan.kill_every_s,
        recovers_within_s=plan.recovers_within_s,
        warm_up_s=began - times.started,
        fresh_when_begun=times.fresh,
        came_to_rest=times.came_to_rest,
        written={one.source.name: _written(one, began, end) for one in accounts},
        kills=_kills(seen, stale, began, end),
        ended_by_themselves=[one.name for one in seen.starts if one.ready is not None and one.why],
        failed_starts=[one.why for one in seen.starts if one.ready is None],
        kept={one.source.contract.dataset: one.kept for one in accounts},
        audit=audit,
        delay={
            dataset: _delay(spans, promised[dataset], share(stale[dataset], began, end), began, end)
            for dataset, spans in ways.items()
        },
        memory=_levels(memory_level, series.pss) if judged else None,
        sizes=_levels(growth_level, series.sizes) if judged else None,
        series=series,
    )
    return replace(report, findings=findings(report))


def _levels(judge: Callable[[str, Samples], Level | None], series: Mapping[str, Samples]) -> list[Level]:
    judged = (judge(name, samples) for name, samples in series.items())
    return [one for one in judged if one is not None]


def _ways(one: Account) -> list[Span]:
    return [(way.write.due, way.in_silver) for way in one.landed if way.in_silver is not None]


def _written(one: Account, began: float, end: float) -> Written:
    during = sum(began <= write.acked < end for write in one.source.sender.writes)
    return Written(
        wanted_rate=one.source.rate,
        rate=during / (end - began),
        acknowledged=len(one.source.sender.writes),
        given_up=len(one.source.sender.lost_hope),
        refusals=one.source.sender.refusals,
    )


def _kills(seen: Seen, stale: Mapping[str, Sequence[Span]], began: float, end: float) -> list[Killed]:
    found: list[Killed] = []
    for nth, kill in enumerate(seen.kills):
        until = seen.kills[nth + 1].at if nth + 1 < len(seen.kills) else end
        found.append(
            Killed(
                name=kill.name,
                at=kill.at - began,
                served_again=_served_again(seen.starts, kill.name, kill.at, began),
                recoveries={dataset: recovery(spans, kill.at, until) for dataset, spans in stale.items()},
            )
        )
    return found


def _served_again(starts: Sequence[Start], name: str, killed: float, began: float) -> float | None:
    ready = [one.ready for one in starts if one.name == name and one.ready is not None]
    return next((at - began for at in ready if at >= killed), None)


def _delay(spans: Sequence[Span], promised: float, stale: float, began: float, end: float) -> Delay:
    took = [readable - due for due, readable in spans if began <= due < end] or [0.0]
    p50, p95, p99 = (percentile(took, percent) for percent in (50, 95, 99))
    return Delay(promised, p50, p95, p99, max(took), stale)


def _delay_series(spans: Sequence[Span], began: float, seconds: float) -> list[tuple[float, float]]:
    times = [began + second for second in range(int(seconds) + 1)]
    return [(at - began, delay) for at, delay in zip(times, delays(spans, times), strict=True)]


def _rate_series(one: Account, began: float, seconds: float) -> list[tuple[float, float]]:
    counts = [0] * (int(seconds) // _RATE_OVER_S)
    for write in one.source.sender.writes:
        nth = int((write.acked - began) // _RATE_OVER_S)
        if 0 <= nth < len(counts):
            counts[nth] += 1
    return [((nth + 1) * _RATE_OVER_S, count / _RATE_OVER_S) for nth, count in enumerate(counts)]
