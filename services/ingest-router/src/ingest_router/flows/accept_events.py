"""Takes a batch of records: read who sends, decide on each record, send to Kafka, count. In that order."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Protocol

from tidelake.contracts.split import MalformedBody, TooManyRecords, UnknownContentType, split
from tidelake.runtime.clock import Clock
from tidelake.streams.errors import ProducerFailed, QueueFull
from tidelake.streams.producer import Delivery, OutRecord
from tidelake.streams.values import Headers

from ingest_router.core import refusals
from ingest_router.core.decisions import Ready, decide, given_id, receipts
from ingest_router.core.limits import Limits
from ingest_router.core.outcomes import Outcome, Refused, outcome
from ingest_router.core.serving import OpenDataset, ServedDataset
from ingest_router.core.tally import Tally
from ingest_router.metrics import DoorMetrics

# So much is checked before other requests get their turn.
_RECORDS_PER_TURN = 100
_SECONDS_PER_TURN = 0.002
# So many refused records of a request are explained in full; the others by the first rule that they break.
_FULLY_EXPLAINED = 100


class Catalogue(Protocol):
    """What is known of datasets and keys; see outbound.catalogue."""

    def why_closed(self) -> str | None: ...
    def producer_of(self, token: str) -> str | None: ...
    def find(self, address: str) -> ServedDataset | None: ...
    def successor(self, address: str) -> str | None: ...
    def served(self) -> Sequence[ServedDataset]: ...
    def writable(self, producer: str) -> list[str]: ...


class Sender(Protocol):
    """Takes batches to Kafka; see outbound.kafka_sender."""

    def slow(self) -> bool: ...
    async def send(self, records: Sequence[OutRecord]) -> Sequence[Delivery]: ...


class Kafka(Protocol):
    """Whether Kafka was there when it was asked last; see outbound.kafka_check."""

    @property
    def reachable(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Batch:
    """The records of one request, each as its sender wrote it."""

    records: Sequence[bytes]
    ids: Sequence[str | None] | None = None  # as the sender names them
    idempotency_key: str | None = None  # names those without an id, together with producer and index
    trace_headers: Headers = field(default_factory=list[tuple[str, bytes | None]])


class Intake:
    """The door's one flow, behind HTTP and gRPC alike. For one event loop."""

    def __init__(
        self,
        catalogue: Catalogue,
        sender: Sender,
        kafka: Kafka,
        tally: Tally,
        limits: Limits,
        retry_after: timedelta,
        clock: Clock,
        metrics: DoorMetrics,
    ) -> None:
        self.limits = limits
        self.retry_after = retry_after
        self._catalogue = catalogue
        self._sender = sender
        self._kafka = kafka
        self._tally = tally
        self._clock = clock
        self._metrics = metrics
        self._under_way: set[asyncio.Task[Outcome]] = set()
        self._stopping = False

    def served(self) -> Sequence[ServedDataset]:
        """Every major version of a dataset that takes events here."""
        return self._catalogue.served()

    def successor(self, address: str) -> str | None:
        """Address of the next major version; None if there is none, or nothing has that address."""
        return self._catalogue.successor(address)

    def enter(self, authorization: str | None) -> str:
        """The producer whose key it is, while the door takes anything at all. Asked before anything is read.
        Raises RequestRefused."""
        if self._stopping:
            raise refusals.not_ready("it stops", self.retry_after)
        if closed := self._catalogue.why_closed():
            raise refusals.not_ready(closed, self.retry_after)
        return self._producer(authorization)

    def open(self, authorization: str | None, address: str) -> OpenDataset:
        """Who sends to what, and whether there is room now. Asked before records are looked at. Raises
        RequestRefused."""
        producer = self.enter(authorization)
        served = self._catalogue.find(address)
        if served is None:
            raise refusals.unknown_dataset(address, self._catalogue.writable(producer))
        if producer not in served.contract.producers:
            raise refusals.not_allowed(producer, address, self._catalogue.writable(producer))
        if not self._kafka.reachable:
            raise refusals.backpressure("Kafka can't be reached.", self.retry_after)
        if self._sender.slow():
            raise refusals.backpressure("Kafka is slow to answer.", self.retry_after)
        return OpenDataset(served, producer)

    def split(self, body: bytes, content_type: str | None) -> list[bytes]:
        """The records of a body, each as it was sent. Raises RequestRefused."""
        try:
            return split(body, content_type, self.limits.max_records_per_request)
        except UnknownContentType as error:
            raise refusals.unsupported_media_type(error.content_type) from error
        except TooManyRecords as error:
            raise refusals.too_many_records(error.limit) from error
        except MalformedBody as error:
            raise refusals.malformed_json(error.offset, error.line, error.reason) from error

    async def accept(self, opened: OpenDataset, batch: Batch) -> Outcome:
        """One receipt per record, in order, once Kafka has answered for each. Raises RequestRefused, and then
        nothing was taken.

        A sender that goes away does not end it: what Kafka has was received and is counted.
        """
        if not batch.records:
            raise refusals.no_records()
        if len(batch.records) > self.limits.max_records_per_request:
            raise refusals.too_many_records(self.limits.max_records_per_request)
        decisions = await self._decide(opened, batch)
        task = asyncio.create_task(self._send(opened.served, decisions))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await asyncio.shield(task)

    async def drain(self) -> None:
        """Takes no more from now on, and returns when everything that was taken has its outcome."""
        self._stopping = True
        while self._under_way:
            await asyncio.wait(self._under_way)

    def _producer(self, authorization: str | None) -> str:
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise refusals.no_api_key()
        producer = self._catalogue.producer_of(token.strip())
        if producer is None:
            raise refusals.unknown_api_key()
        return producer

    async def _decide(self, opened: OpenDataset, batch: Batch) -> list[Ready | Refused]:
        served, limit = opened.served, self.limits.max_record_bytes
        common = [*served.sealer.common(self._clock.now(), opened.producer), *batch.trace_headers]
        decisions: list[Ready | Refused] = []
        turn_ends = self._clock.monotonic() + _SECONDS_PER_TURN
        refused = 0
        for index, raw in enumerate(batch.records):
            if index % _RECORDS_PER_TURN == _RECORDS_PER_TURN - 1 or self._clock.monotonic() > turn_ends:
                await asyncio.sleep(0)
                turn_ends = self._clock.monotonic() + _SECONDS_PER_TURN
            own = None if batch.ids is None else batch.ids[index]
            sent_as = given_id(index, own, batch.idempotency_key, opened.producer)
            decision = decide(index, raw, sent_as, served, common, limit)
            if isinstance(decision, Refused):
                refused += 1
                if refused > _FULLY_EXPLAINED:
                    decision = replace(decision, broken_rules=decision.broken_rules[:1])
            decisions.append(decision)
        return decisions

    async def _send(self, served: ServedDataset, decisions: Sequence[Ready | Refused]) -> Outcome:
        ready = [decision.record for decision in decisions if isinstance(decision, Ready)]
        deliveries: Sequence[Delivery] = ()
        if ready:
            started = self._clock.monotonic()
            try:
                deliveries = await self._sender.send(ready)
            except QueueFull as error:
                raise refusals.backpressure("Too many records wait for Kafka.", self.retry_after) from error
            except ProducerFailed as error:
                raise refusals.not_ready("its Kafka producer failed", self.retry_after) from error
            self._metrics.acknowledged(len(ready), self._clock.monotonic() - started)
        contract = served.contract
        result = outcome(contract.address, contract.version, receipts(decisions, deliveries))
        self._tally.add(result)
        return result
