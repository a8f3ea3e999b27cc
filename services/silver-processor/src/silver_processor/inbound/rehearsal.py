"""What the work of others costs Java the first time, done before it is one's own: a processor that stands by
judges the newest rows of each dataset as if it were to take them, and throws away what it finds.

What Spark makes for a contract is then there, loaded and translated, as is bronze's log. One dataset comes
after the other, and one batch every few seconds, so that those who work on the same machine are left most of
it: at once, it took more of two full cores than the one who worked.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, cast

import deltalake
import structlog
from pyspark.sql import DataFrame, SparkSession
from tidelake.contracts.contract import Contract
from tidelake.runtime.clock import Clock
from tidelake.runtime.shutdown import Deadline, StopSignal
from tidelake.tables.storage import LakeStorage

from silver_processor.core.judging import Judge
from silver_processor.inbound.warm_up import WARM_UPS

log = structlog.get_logger()

_BATCHES = 4  # of a dataset
_EVERY = timedelta(seconds=5)
_VERSIONS = 12  # of bronze that they are taken from; some of them are compactions, which add no row
_PATIENCE = timedelta(seconds=60)  # for a dataset
_LOOK_EVERY = timedelta(milliseconds=200)
_STOP = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """One that goes on beside its owner."""

    _thread: threading.Thread
    _stop: StopSignal

    @property
    def is_over(self) -> bool:
        """Whether Java is as warm as it will be."""
        return not self._thread.is_alive()

    def give_up(self) -> None:
        """Does not wait for what it leaves undone."""
        self._stop.request()


@contextmanager
def rehearsal_beside(
    contracts: Iterable[Contract], session: SparkSession, storage: LakeStorage, clock: Clock
) -> Generator[Rehearsal]:
    """Rehearses on a thread of its own, and ends that when the context ends."""
    stop = StopSignal()
    thread = threading.Thread(
        target=rehearse, args=(contracts, session, storage, clock, stop), name="rehearsal", daemon=True
    )
    thread.start()
    try:
        yield Rehearsal(thread, stop)
    finally:
        stop.request()
        thread.join(_STOP.total_seconds())


def rehearse(
    contracts: Iterable[Contract],
    session: SparkSession,
    storage: LakeStorage,
    clock: Clock,
    stop: StopSignal,
    batches: int = _BATCHES,
    every: timedelta = _EVERY,
) -> None:
    """At most so many batches of each dataset, one in so long. Returns early when told to stop. Writes
    checkpoints below WARM_UPS alone, which it removes, and says in the log what could not be done: nothing
    depends on it."""
    folder, objects = f"{WARM_UPS}{uuid.uuid4().hex}/", storage.objects()
    try:
        for contract in contracts:
            if stop.requested:
                return
            began = clock.monotonic()
            try:
                checkpoint = f"{folder}{contract.address}"
                taken = _judge_newest(contract, session, storage, checkpoint, clock, stop, batches, every)
            except Exception:  # the edge of this dataset: the others are rehearsed all the same
                log.exception("rehearsal_failed", dataset=contract.address)
            else:
                seconds = round(clock.monotonic() - began, 1)
                log.info("rehearsed", dataset=contract.address, batches=taken, seconds=seconds)
    finally:
        for entry in objects.list(folder):
            objects.delete(entry.path)


def _judge_newest(
    contract: Contract,
    session: SparkSession,
    storage: LakeStorage,
    checkpoint: str,
    clock: Clock,
    stop: StopSignal,
    batches: int,
    every: timedelta,
) -> int:
    """How many batches came."""
    uri, options = storage.uri(contract.bronze_path), storage.delta_options()
    if not deltalake.DeltaTable.is_deltatable(uri, options):
        return 0
    newest = deltalake.DeltaTable(uri, storage_options=options).version()
    bronze: Any = session.readStream.format("delta").option("maxFilesPerTrigger", 1)
    bronze = bronze.option("startingVersion", max(0, newest - _VERSIONS)).load(uri)
    taken = threading.Semaphore(0)
    sink: Any = (
        Judge(contract).judge(cast("DataFrame", bronze)).writeStream.foreachBatch(partial(_take, taken))
    )
    sink = sink.trigger(processingTime=f"{every.total_seconds():g} seconds")
    query = sink.option("checkpointLocation", storage.uri(checkpoint)).start()
    try:
        deadline, done = Deadline(_PATIENCE, clock), 0
        while done < batches and query.isActive and not deadline.expired and not stop.requested:
            done += taken.acquire(timeout=_LOOK_EVERY.total_seconds())
        if (cause := query.exception()) is not None:
            raise cause
        return done
    finally:
        query.stop()


def _take(taken: threading.Semaphore, judged: DataFrame, _batch_id: int) -> None:
    judged.toArrow()
    taken.release()
