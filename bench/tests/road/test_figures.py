"""From stamps to figures."""

from tidelake.bench.road.events import Event, Stamps
from tidelake.bench.road.figures import (
    ACK_P99,
    LAG,
    READABLE_P50,
    UNACKNOWLEDGED,
    Measure,
    costs,
    held,
    latencies,
)
from tidelake.bench.road.load import Answer
from tidelake.bench.road.schedule import Schedule
from tidelake.local.memory import Cost
from tidelake.tables.positions import Source

START = 1000.0
SCHEDULE = Schedule(rate=2, batch=2, warm_up_s=1, counted_s=2)


def _event(due: float, acked: float, readable: float) -> Event:
    return Event(due, acked, Stamps(due + 0.001, due + 0.003, readable - 0.1), readable, Source("t", 0), 0)


def _answer(due: float, events: int, status: int = 200) -> Answer:
    return Answer(due, due + 0.002, due + 0.01, status, [(0, nth) for nth in range(events)])


def test_latency_counts_from_the_scheduled_time() -> None:
    found = latencies([_event(due=0.0, acked=0.5, readable=1.5)])

    assert found[ACK_P99] == 500
    assert found[READABLE_P50] == 1.0
    assert found[Measure("due to readable in bronze p95", "s")] == 1.5


def test_what_could_be_read_before_the_answer_came_took_no_time() -> None:
    assert latencies([_event(due=0.0, acked=0.5, readable=0.4)])[READABLE_P50] == 0


def test_the_hops_together_are_the_whole_way() -> None:
    found = latencies([_event(due=0.0, acked=0.5, readable=1.5)])

    hops = sum(
        value for measure, value in found.items() if measure.name.startswith("hop") and "p50" in measure.name
    )
    assert round(hops) == 1500


def test_lag_is_what_was_due_and_could_not_be_read_at_the_end() -> None:
    answers = [_answer(0, 2), _answer(1, 2), _answer(2, 2)]
    events = [_event(1001, 1001.1, readable) for readable in (1002, 1002.9, 1003.1, 1004)]

    found = held(answers, events, SCHEDULE, START)

    assert found[LAG] == 1.0  # two events at two a second
    assert found[UNACKNOWLEDGED] == 0
    assert found[Measure("rate acknowledged", "events/s")] == 2


def test_events_without_an_acknowledgement_are_lag_and_are_told() -> None:
    answers = [_answer(0, 2), _answer(1, 2), _answer(2, 0, status=0)]
    events = [_event(1001, 1001.1, 1002)] * 2

    found = held(answers, events, SCHEDULE, START)

    assert (found[UNACKNOWLEDGED], found[LAG]) == (2, 1.0)


def test_memory_is_told_where_it_was_seen() -> None:
    found = costs({"kafka": Cost(5_000_000, 1.5), "load generator": Cost(0, 0.5)})

    assert found == {
        Measure("CPU kafka", "s"): 1.5,
        Measure("CPU load generator", "s"): 0.5,
        Measure("largest PSS kafka", "MB"): 5.0,
    }
