"""Puts the door's own count on `ingest-counts`, where the audit and the monitor read it."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

import orjson
import structlog
from tidelake.runtime.clock import Clock
from tidelake.streams.errors import ProducerFailed, QueueFull
from tidelake.streams.producer import Delivered, Delivery, OutRecord

from ingest_router.core.tally import DatasetCount, Tally

log = structlog.get_logger()


class Sender(Protocol):
    """Takes batches to Kafka; see KafkaSender."""

    async def send(self, records: Sequence[OutRecord]) -> Sequence[Delivery]: ...


class CountsPublisher:
    """Publishes what changed. Counts are cumulative and keyed by run and dataset, so that one which Kafka did
    not take is made good by the next."""

    def __init__(
        self, tally: Tally, sender: Sender, topic: str, instance: str, run_id: str, clock: Clock
    ) -> None:
        self._tally = tally
        self._sender = sender
        self._topic = topic
        self._instance = instance
        self._run_id = run_id
        self._clock = clock
        self._published: dict[str, tuple[int, bool]] = {}  # dataset -> (revision, final) that Kafka has
        self._seq = itertools.count(1)

    def unpublished(self) -> int:
        """Datasets whose newest count Kafka does not have yet."""
        return len(self._changed(final=False))

    async def step(self, final: bool = False) -> bool:
        """Publishes once; False if Kafka did not take all of it. `final`: the run ends with these counts."""
        changed = self._changed(final)
        if not changed:
            return True
        try:
            deliveries = await self._sender.send([self._record(count, final) for count in changed])
        except (QueueFull, ProducerFailed) as error:
            log.warning("counts_unpublished", message=str(error))
            return False
        for count, delivery in zip(changed, deliveries, strict=True):
            if isinstance(delivery, Delivered):
                self._published[count.dataset] = count.revision, final
            else:
                log.warning("counts_unpublished", dataset=count.dataset, message=delivery.reason)
        return not self._changed(final)

    async def run(self, interval: timedelta) -> None:
        """Publishes for ever; cancel it to end it."""
        while True:
            await asyncio.sleep(interval.total_seconds())
            await self.step()

    def _changed(self, final: bool) -> list[DatasetCount]:
        known = self._published
        return [
            count
            for count in self._tally.counts()
            if (count.revision, final) > known.get(count.dataset, (0, False))
        ]

    def _record(self, count: DatasetCount, final: bool) -> OutRecord:
        value = {
            "instance": self._instance,
            "run_id": self._run_id,
            "dataset": count.dataset,
            "major": count.major,  # absent from doors that counted all of them under one name
            "seq": next(self._seq),  # the highest of a run and dataset is the newest
            "received": count.received,
            "acknowledged": count.acknowledged,
            "refused": count.refused,
            "unconfirmed": count.unconfirmed,
            "final": final,
            "at": self._clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }
        key = f"{self._run_id}/{count.dataset}".encode()
        return OutRecord(self._topic, orjson.dumps(value), key)
