"""One run: warm up, send at the given pace, look at what it costs, wait for bronze and silver, read the
stamps."""

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tidelake.bench.child import bench_child
from tidelake.bench.commits import CommitLog
from tidelake.bench.costs import Meter
from tidelake.bench.errors import BenchFailed
from tidelake.bench.machine import load_average
from tidelake.bench.road.aside import Aside, aside_figures, finish, landed_all
from tidelake.bench.road.events import counted_events, read_stamps
from tidelake.bench.road.figures import Figures, Measure, costs, held, latencies
from tidelake.bench.road.load import Load, LoadReport
from tidelake.bench.road.schedule import Schedule
from tidelake.bench.road.silver import Asker, SilverLog, silver_figures
from tidelake.bench.waiting import pause, wait_for
from tidelake.contracts.contract import Contract
from tidelake.local.memory import Cost
from tidelake.local.stack import Stack
from tidelake.runtime.shutdown import StopSignal
from tidelake.tables.positions import Source
from tidelake.tables.storage import LakeStorage

_LOOK_EVERY_S = 5.0
_GENERATOR_STARTS_S = 3.0  # imports, and putting the requests together
_CATCH_UP = timedelta(seconds=180)  # of a silver that has just started, too
_OFTEN = timedelta(seconds=0.5)


@dataclass(frozen=True, slots=True)
class Road:
    """A stack that serves one dataset, and a key to send with."""

    stack: Stack
    storage: LakeStorage
    contract: Contract
    topic_id: str
    api_key: str
    events: Path  # one a line
    reader_key: str | None  # to ask the gateway with; None: the road ends at bronze
    asides: Sequence[Aside] = ()  # what is written beside the events


def run_road(road: Road, schedule: Schedule, skip: int, stop: StopSignal) -> Figures:
    """The figures of one run. Raises BenchFailed, BenchInterrupted."""
    load_before = load_average()
    load = Load(
        url=f"{road.stack.router_url}/v1/datasets/{road.contract.address}/events",
        api_key=road.api_key,
        events=str(road.events),
        skip=skip,
        schedule=schedule,
        start_at=time.time() + _GENERATOR_STARTS_S,
    )
    with ExitStack() as entered:
        if road.reader_key is not None:
            asker = entered.enter_context(Asker(road.stack.gateway_url, road.reader_key, road.contract))
        else:
            asker = None
        generator = entered.enter_context(
            bench_child("tidelake.bench.road.generator", load, LoadReport, road.stack.home.root)
        )
        senders = [entered.enter_context(aside.sender(load.start_at)) for aside in road.asides]
        pause(load.start_at + schedule.warm_up_s - time.time(), stop)
        meter = Meter({name: record.pid for name, record in road.stack.records.items()})
        own_cpu_s = time.process_time()
        end = load.start_at + schedule.total_s
        while (left := end - time.time()) > _LOOK_EVERY_S:
            pause(_LOOK_EVERY_S, stop)
            meter.look()
        pause(left, stop)
        spent, load_during = meter.look(), load_average()
        own_cpu_s = time.process_time() - own_cpu_s
        for aside, sender in zip(road.asides, senders, strict=True):
            finish(aside, sender, stop, _CATCH_UP)
        report = generator.result(timedelta(seconds=load.timeout_s + 10), stop)
        commits = CommitLog(road.storage.objects(), road.contract.bronze_path)
        _wait_until_read(report, road.topic_id, commits, "bronze with every acknowledged event", stop)
        silver = SilverLog(road.storage.objects(), road.contract)
        if asker is not None:
            _wait_until_read(report, road.topic_id, silver, "silver with every event explained", stop)
            newest = max(silver.silver.versions, default=0)
            wait_for(
                lambda: asker.has_seen(newest),
                "answer of what is in silver now",
                stop,
                within=_CATCH_UP,
                every=_OFTEN,
            )
    beside: Figures = {}
    for aside, sender in zip(road.asides, senders, strict=True):
        counted = [one for one in sender.writes if load.start_at + schedule.warm_up_s <= one.due < end]
        landed = landed_all(
            aside, counted, road.storage, stop, to_silver=road.reader_key is not None, within=_CATCH_UP
        )
        beside = {**beside, **aside_figures(aside.name, landed, schedule.counted_s)}
    stamps = read_stamps(road.storage, road.contract.bronze_path, load.start_at)
    events = counted_events(report, schedule, load.start_at, road.topic_id, stamps, commits)
    if not events:
        raise BenchFailed("The door acknowledged nothing.", "Try a lower rate.")
    behind: Figures = {}
    if asker is not None:
        asker.check()
        behind = silver_figures(events, silver, asker.asked)
    return {
        **latencies(events),
        **behind,
        **held(report.answers, events, schedule, load.start_at),
        **beside,
        **costs({**spent, "load generator": Cost(0, report.cpu_seconds), "bench itself": Cost(0, own_cpu_s)}),
        Measure("load average before", "processes"): load_before,
        Measure("load average at the end", "processes"): load_during,
    }


def _wait_until_read(
    report: LoadReport, topic_id: str, commits: CommitLog | SilverLog, what: str, stop: StopSignal
) -> None:
    ends: dict[int, int] = {}
    for answer in report.answers:
        for partition, offset in answer.positions:
            ends[partition] = max(ends.get(partition, 0), offset + 1)

    def caught_up() -> bool:
        commits.refresh()
        return all(commits.end(Source(topic_id, partition)) >= end for partition, end in ends.items())

    wait_for(caught_up, what, stop, within=_CATCH_UP, every=_OFTEN)
