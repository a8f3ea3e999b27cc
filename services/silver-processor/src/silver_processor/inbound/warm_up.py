"""A first stream on tables of its own: what Java needs for any stream it then has loaded and translated.

A dataset's first micro-batch costs Java half a minute and more of processor time, most of it for code that
every later one runs too (docs/benchmarks.md).
"""

from __future__ import annotations

import queue
import threading
import uuid
from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta

import structlog
from opentelemetry.metrics import NoOpMeter
from pyspark.sql import SparkSession
from tidelake.runtime.background import start_thread
from tidelake.runtime.clock import Clock
from tidelake.runtime.errors import LakeError, Transient
from tidelake.runtime.shutdown import Deadline, StopSignal
from tidelake.tables.announcement import CommitAnnounced
from tidelake.tables.storage import LakeStorage

from silver_processor.flows.ports import Ports
from silver_processor.inbound.dataset_stream import DatasetStream, Pace
from silver_processor.outbound.metrics import SilverMetrics
from silver_processor.outbound.warm_up_bronze import WarmUpBronze

log = structlog.get_logger()

WARM_UPS = "_warm_up/"
"""Each has a lake of its own below it, which is gone afterwards."""
_BATCHES = 2  # the first and the second are not planned alike
_PATIENCE = timedelta(minutes=5)
_LOOK_EVERY = timedelta(milliseconds=200)
_STOP = timedelta(seconds=10)


class WarmUpFailed(LakeError, Transient):
    """The stream did not come to what it must come to."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"The warm-up's stream took no batch: {reason} Nothing is lost: the first datasets start slowly. "
            "What is wrong with Spark or the store they will say, too."
        )


@contextmanager
def warm_up_beside(session: SparkSession, storage: LakeStorage, clock: Clock) -> Generator[None]:
    """Warms up on a thread of its own, and ends that in order when the context ends."""
    stop = StopSignal()

    def work() -> None:
        try:
            warm_up(session, storage, clock, stop)
        except Exception:  # the edge of its thread: nothing depends on it
            log.exception("warm_up_failed")

    thread = threading.Thread(target=work, name="warm-up", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.request()
        thread.join(_STOP.total_seconds())


def warm_up(session: SparkSession, storage: LakeStorage, clock: Clock, stop: StopSignal) -> None:
    """Takes a few rows by a contract that has a bit of everything. Returns early when told to stop.

    Leaves nothing in the lake. Raises WarmUpFailed and whatever a stream raises.
    """
    folder = f"{WARM_UPS}{uuid.uuid4().hex}"
    own = LakeStorage(f"{storage.root}/{folder}", storage.service_account, storage.limits)
    bronze = WarmUpBronze(own)
    heard: queue.SimpleQueue[CommitAnnounced] = queue.SimpleQueue()
    metrics = SilverMetrics(NoOpMeter("warm-up"))
    ports = Ports(_Ear(heard), clock, metrics, lambda: uuid.uuid4().hex, start_thread)
    objects, began = storage.objects(), clock.monotonic()
    try:
        stream = DatasetStream(bronze.contract, session, own, ports, Pace(trigger_ms=100, max_files=1))
        try:
            deadline = Deadline(_PATIENCE, clock)
            for _ in range(_BATCHES):
                bronze.append(clock.now())
                while not stop.requested and not _has_both(heard):
                    if (reason := stream.failure()) is not None:
                        raise WarmUpFailed(reason)
                    if deadline.expired:
                        raise WarmUpFailed(f"none within {_PATIENCE}.")
                    stop.wait(_LOOK_EVERY)
        finally:
            stream.stop(Deadline(_STOP, clock))
    finally:
        for entry in objects.list(f"{folder}/"):
            objects.delete(entry.path)
    if not stop.requested:
        log.info("warmed_up", seconds=round(clock.monotonic() - began, 1))


def _has_both(heard: queue.SimpleQueue[CommitAnnounced]) -> bool:
    """Whether silver's commit and the outcomes' have come; takes them."""
    if heard.qsize() < 2:
        return False
    heard.get()
    heard.get()
    return True


class _Ear:
    """An announcer that nobody else hears."""

    def __init__(self, heard: queue.SimpleQueue[CommitAnnounced]) -> None:
        self._heard = heard

    def announce(self, commit: CommitAnnounced) -> None:
        self._heard.put(commit)
