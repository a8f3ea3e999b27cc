"""From the stamps of one run to its figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tidelake.bench.goals import Goal
from tidelake.bench.percentiles import percentile
from tidelake.bench.road.events import Event
from tidelake.bench.road.load import Answer
from tidelake.bench.road.schedule import Schedule
from tidelake.local.memory import Cost


@dataclass(frozen=True, slots=True)
class Measure:
    """What is measured, and in what; the same in every run."""

    name: str
    unit: str


Figures = Mapping[Measure, float]

ACK_P99 = Measure("ack p99", "ms")
READABLE_P50 = Measure("ack to readable in bronze p50", "s")
LAG = Measure("lag at the end, as input", "s")
UNACKNOWLEDGED = Measure("events not acknowledged", "events")

GOALS = (Goal(READABLE_P50.name, 1.5), Goal(LAG.name, 1.0), Goal(UNACKNOWLEDGED.name, 0))


def latencies(events: Sequence[Event]) -> Figures:
    """How long each leg took. A record may be readable before its sender has read the answer: that is 0."""
    acks = [(event.acked - event.due) * 1000 for event in events]
    readable = [max(0.0, event.readable - event.acked) for event in events]
    whole = [event.readable - event.due for event in events]
    hops = {
        "hop due to door": [event.stamps.received - event.due for event in events],
        "hop door to Kafka": [event.stamps.in_kafka - event.stamps.received for event in events],
        "hop Kafka to commit's start": [event.stamps.written - event.stamps.in_kafka for event in events],
        "hop commit's start to its object": [event.readable - event.stamps.written for event in events],
    }
    found = {
        Measure("ack p50", "ms"): percentile(acks, 50),
        Measure("ack p95", "ms"): percentile(acks, 95),
        ACK_P99: percentile(acks, 99),
        READABLE_P50: percentile(readable, 50),
        Measure("ack to readable in bronze p95", "s"): percentile(readable, 95),
        Measure("due to readable in bronze p50", "s"): percentile(whole, 50),
        Measure("due to readable in bronze p95", "s"): percentile(whole, 95),
    }
    for name, seconds in hops.items():
        for percent in (50, 95):
            found[Measure(f"{name} p{percent}", "ms")] = percentile(seconds, percent) * 1000
    return found


def held(answers: Sequence[Answer], events: Sequence[Event], schedule: Schedule, start_at: float) -> Figures:
    """Whether the rate was held. Lag at the end: events that were due by then and could not be read yet,
    whatever kept them."""
    end = start_at + schedule.total_s
    counted = [(nth, answer) for nth, answer in enumerate(answers) if schedule.is_counted(nth)]
    due = len(counted) * schedule.batch
    readable = sum(event.readable <= end for event in events)
    lateness = [(answer.sent - answer.due) * 1000 for _, answer in counted]
    return {
        Measure("rate acknowledged", "events/s"): len(events) / schedule.counted_s,
        LAG: (due - readable) / schedule.rate,
        UNACKNOWLEDGED: due - len(events),
        Measure("requests sent late p99", "ms"): percentile(lateness, 99),
    }


def costs(by_process: Mapping[str, Cost]) -> Figures:
    """Processor time, and memory where it was seen."""
    found: dict[Measure, float] = {}
    for name, cost in by_process.items():
        found[Measure(f"CPU {name}", "s")] = cost.cpu_seconds
    for name, cost in by_process.items():
        if cost.pss_bytes:
            found[Measure(f"largest PSS {name}", "MB")] = cost.pss_bytes / 1e6
    return found
