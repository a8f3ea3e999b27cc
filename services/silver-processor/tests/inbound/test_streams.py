"""A dataset's stream that fails is started again alone, with its reason in health; the others go on."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import cast

import pytest
from opentelemetry.metrics import NoOpMeter
from silver_processor.inbound.streams import Stream, Streams
from silver_processor.on_spark import TRIPS
from silver_processor.outbound.metrics import SilverMetrics
from tidelake.contracts.contract import Contract
from tidelake.contracts.loading import parse_contract
from tidelake.runtime.health import Health
from tidelake.runtime.shutdown import Deadline
from tidelake.tables.bronze_table import TableMissing
from tidelake.testkit.clock import FakeClock

TRIP = parse_contract(TRIPS, "trips")
OTHER = replace(TRIP, dataset="others")


@dataclass
class ToyStream:
    contract: Contract
    broken: str | None = None
    well: bool = False
    deadlines: list[Deadline] = field(default_factory=list[Deadline])

    def failure(self) -> str | None:
        return self.broken

    def works(self) -> bool:
        return self.well

    def stop(self, deadline: Deadline) -> None:
        self.deadlines.append(deadline)


def every(_address: str) -> bool:
    return True


class Bench:
    """Streams over toys. `refusal`: what starting one raises."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.health = Health()
        self.started: list[ToyStream] = []
        self.refusal: Exception | None = None
        metrics = SilverMetrics(NoOpMeter("test"))
        first, last = timedelta(seconds=1), timedelta(seconds=10)
        self.pending: list[Future[Stream]] | None = None
        self.streams = Streams(self._start, self._beside, first, last, self.clock, self.health, metrics)

    def _start(self, contract: Contract) -> ToyStream:
        if self.refusal is not None:
            raise self.refusal.with_traceback(None)  # each time without the way of the last
        self.started.append(ToyStream(contract))
        return self.started[-1]

    def _beside(self, start: Callable[[], Stream]) -> Future[Stream]:
        """At once, unless somebody collects what is pending."""
        future: Future[Stream] = Future()
        if self.pending is not None:
            self.pending.append(future)
            return future
        try:
            future.set_result(start())
        except (OSError, TableMissing) as cause:
            future.set_exception(cause)
        return future

    def after(self, seconds: float) -> None:
        self.clock.advance(timedelta(seconds=seconds))
        self.streams.step([TRIP, OTHER], every)

    def reason(self, dataset: str) -> str:
        components = cast("dict[str, dict[str, str]]", self.health.report()["components"])
        return components[f"stream {dataset}"]["reason"]


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_each_dataset_has_one_stream(bench: Bench) -> None:
    bench.after(0)
    bench.after(1)
    assert [stream.contract.dataset for stream in bench.started] == ["trips", "others"]
    assert bench.health.ready()


def test_a_stream_that_fails_starts_again_alone_and_says_why(bench: Bench) -> None:
    bench.after(0)
    bench.started[0].broken = "the store said 503."
    bench.after(0)
    assert not bench.health.ready()
    assert bench.reason("trips").startswith("the store said 503. It starts again 1 s later")
    assert bench.reason("others") == ""
    bench.after(0.9)
    assert len(bench.started) == 2
    bench.after(0.1)
    assert [stream.contract.dataset for stream in bench.started] == ["trips", "others", "trips"]


def test_it_is_well_again_once_it_works_and_not_before(bench: Bench) -> None:
    bench.after(0)
    bench.started[0].broken = "lost."
    bench.after(0)
    bench.after(1)
    assert not bench.health.ready()
    bench.started[2].well = True
    bench.after(0)
    assert bench.health.ready()


def test_pauses_double_up_to_the_longest_and_begin_anew_after_a_success(bench: Bench) -> None:
    bench.refusal = OSError("no route")
    pauses: list[str] = []
    for _ in range(6):
        bench.after(100)
        pauses.append(bench.reason("trips").partition("It starts again ")[2].partition(" s")[0])
    assert pauses == ["1", "2", "4", "8", "10", "10"]
    bench.refusal = None
    bench.after(100)
    stream = bench.started[0]
    stream.well = True
    bench.after(0)
    stream.broken = "again."
    bench.after(0)
    assert "1 s later" in bench.reason("trips")


def test_what_starting_raises_is_told_and_harms_no_other_stream(bench: Bench) -> None:
    bench.refusal = OSError("no route")
    bench.after(0)
    assert bench.reason("trips").startswith("OSError: no route")
    bench.refusal = None
    bench.after(1)
    assert len(bench.started) == 2


def test_a_dataset_without_bronze_waits_for_it_and_has_not_failed(bench: Bench) -> None:
    bench.refusal = TableMissing("bronze/trips")
    for _ in range(3):
        bench.after(0)
    assert "no Delta table at bronze/trips" in bench.reason("trips")
    bench.refusal = None
    bench.after(0)
    assert len(bench.started) == 2
    assert bench.health.ready()


def test_a_new_version_of_the_contract_starts_its_stream_again_after_the_batch(bench: Bench) -> None:
    bench.after(0)
    later = replace(TRIP, description="another")
    bench.streams.step([later, OTHER], every)
    bench.streams.step([later, OTHER], every)
    assert [stream.contract for stream in bench.started] == [TRIP, OTHER, later]
    assert [len(stream.deadlines) for stream in bench.started] == [1, 0, 0]
    assert bench.health.ready()


def test_a_stream_that_starts_again_has_the_newest_contract(bench: Bench) -> None:
    bench.after(0)
    bench.started[0].broken = "lost."
    bench.after(0)
    later = replace(TRIP, description="another")
    bench.clock.advance(timedelta(seconds=1))
    bench.streams.step([later, OTHER], every)
    assert bench.started[2].contract is later


def test_a_stop_reaches_every_stream_with_one_deadline(bench: Bench) -> None:
    bench.after(0)
    deadline = Deadline(timedelta(seconds=30), bench.clock)
    bench.streams.stop(deadline)
    assert [stream.deadlines for stream in bench.started] == [[deadline], [deadline]]


def test_a_start_that_takes_long_holds_up_no_other(bench: Bench) -> None:
    bench.pending = []
    bench.after(0)
    bench.after(1)
    first, second = bench.pending
    assert bench.reason("trips") == bench.reason("others") == "it starts"
    second.set_result(ToyStream(OTHER))
    bench.after(0)
    assert bench.reason("others") == ""
    assert not bench.health.ready()
    first.set_exception(OSError("no route"))
    bench.after(0)
    assert bench.reason("trips").startswith("OSError: no route It starts again 1 s later")
    bench.after(1)
    assert len(bench.pending) == 3


def test_a_contract_that_changes_during_the_start_takes_its_place_afterwards(bench: Bench) -> None:
    bench.pending = []
    bench.streams.step([TRIP], every)
    later = replace(TRIP, description="another")
    bench.streams.step([later], every)
    earlier = ToyStream(TRIP)
    bench.pending[0].set_result(earlier)
    bench.streams.step([later], every)
    assert len(earlier.deadlines) == 1
    assert len(bench.pending) == 2


def test_a_stop_takes_back_a_start_that_waits_and_stops_the_stream_of_one_that_ran(bench: Bench) -> None:
    bench.pending = []
    bench.after(0)
    waiting, running = bench.pending
    running.set_running_or_notify_cancel()
    stream = ToyStream(OTHER)
    running.set_result(stream)
    bench.streams.stop(Deadline(timedelta(seconds=30), bench.clock))
    assert waiting.cancelled()
    assert len(stream.deadlines) == 1


def test_what_is_another_processors_is_left_to_it(bench: Bench) -> None:
    bench.streams.step([TRIP, OTHER], lambda address: address == "others")
    assert [stream.contract for stream in bench.started] == [OTHER]


def test_what_becomes_another_processors_ends_after_its_batch_and_is_said_no_more(bench: Bench) -> None:
    bench.after(0)
    bench.streams.keep(lambda address: address == "others")
    assert [len(stream.deadlines) for stream in bench.started] == [1, 0]
    assert "stream trips" not in cast("dict[str, object]", bench.health.report()["components"])
    bench.streams.step([TRIP, OTHER], lambda address: address == "others")
    assert len(bench.started) == 2
    bench.after(0)
    assert [stream.contract for stream in bench.started] == [TRIP, OTHER, TRIP]


def test_a_start_under_way_of_what_becomes_another_processors_is_ended_too(bench: Bench) -> None:
    bench.pending = []
    bench.streams.step([TRIP], every)
    (running,) = bench.pending
    running.set_running_or_notify_cancel()
    stream = ToyStream(TRIP)
    running.set_result(stream)
    bench.streams.keep(lambda _: False)
    assert len(stream.deadlines) == 1
