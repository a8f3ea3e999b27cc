"""The producer on Kafka, by confluent-kafka (librdkafka): idempotent, acks=all, one poll thread."""

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, cast

import structlog
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka import Message as Report
from confluent_kafka import Producer as Client
from opentelemetry.metrics import Meter
from tidelake.runtime.clock import SystemClock
from tidelake.streams import codes, metrics
from tidelake.streams.client_errors import ClientErrors
from tidelake.streams.connection import connection_config
from tidelake.streams.errors import ProducerFailed, QueueFull
from tidelake.streams.limits import message_max_bytes
from tidelake.streams.outcomes import failed
from tidelake.streams.producer import Delivered, Delivery, Failed, OnDone, OutRecord
from tidelake.streams.silence import Silence

log = structlog.get_logger()

_POLL_S = 0.05


class KafkaProducer:
    """Producer on Kafka. `delivery_timeout`: after it a record that Kafka has not acknowledged has failed.
    `max_waiting_records`, `max_waiting_bytes`: how much may be under way; a batch above them never fits."""

    def __init__(
        self,
        bootstrap: str,
        client_id: str,
        delivery_timeout: timedelta = timedelta(seconds=30),
        linger: timedelta = timedelta(milliseconds=5),
        max_record_bytes: int = 1024 * 1024,
        max_waiting_records: int = 100_000,
        max_waiting_bytes: int = 128 * 1024 * 1024,
        options: Mapping[str, str] | None = None,
        meter: Meter = metrics.NO_METER,
    ) -> None:
        clock = SystemClock()
        self._errors = ClientErrors("producer", clock, meter)
        self._silence = Silence(clock)  # as long as records only expire
        self._max_records = max_waiting_records
        self._max_bytes = max_waiting_bytes
        self._waiting_records = 0
        self._waiting_bytes = 0
        self._changed = threading.Condition()
        self._refused: deque[tuple[_Batch, list[tuple[int, Failed]]]] = deque()
        self._fatal: str | None = None
        self._closing = threading.Event()
        delivery_ms = round(delivery_timeout.total_seconds() * 1000)
        self._config: dict[str, Any] = {
            **connection_config(bootstrap, client_id, options or {}, self._on_error),
            "acks": "all",
            "enable.idempotence": True,
            "partitioner": "murmur2_random",
            "compression.type": "lz4",
            "linger.ms": linger.total_seconds() * 1000,
            "batch.size": 262_144,
            "message.max.bytes": message_max_bytes(max_record_bytes),
            "delivery.timeout.ms": delivery_ms,
            # A broker that hangs is asked again well before the delivery has failed.
            "request.timeout.ms": max(1000, min(10_000, delivery_ms // 3)),
            # Larger than what this class lets in: the library's queue is never the one that is full.
            "queue.buffering.max.messages": 2 * max_waiting_records,
            "queue.buffering.max.kbytes": max(1024, 4 * max_waiting_bytes // 1024),
        }
        self._client = Client(self._config)
        self._sending = threading.Lock()  # through that client
        self._thread = threading.Thread(target=self._poll, name="kafka-producer-poll", daemon=True)
        self._thread.start()

    def send(self, records: Sequence[OutRecord], on_done: OnDone) -> None:
        size = sum(map(_size, records))
        batch = _Batch(len(records), size, on_done, self._finished, self._heard)
        self._take(len(records), size)
        with self._sending:
            refused = self._produce(records, batch)
        if refused or not records:
            # The poll thread settles these too, so that every callback runs there.
            self._refused.append((batch, refused))

    def flush(self, timeout: timedelta) -> int:
        # Not the client's own flush: it would run callbacks on this thread.
        with self._changed:
            self._changed.wait_for(lambda: self._waiting_records == 0, timeout.total_seconds())
            return self._waiting_records

    def close(self) -> None:
        self._closing.set()
        self._thread.join()

    def _produce(self, records: Sequence[OutRecord], batch: "_Batch") -> list[tuple[int, Failed]]:
        """Those that the client itself refuses."""
        refused: list[tuple[int, Failed]] = []
        produce = self._client.produce
        for index, record in enumerate(records):
            try:
                produce(
                    record.topic,
                    value=record.value,
                    key=record.key,
                    partition=-1 if record.partition is None else record.partition,
                    headers=cast(Any, record.headers),
                    on_delivery=partial(batch.delivered, index),
                )
            except KafkaException as error:
                refused.append((index, failed(cast(KafkaError, error.args[0]))))
            except BufferError:
                refused.append((index, failed(KafkaError(codes.QUEUE_FULL))))
            except (TypeError, ValueError) as error:
                refused.append((index, Failed(f"not a record that Kafka can take: {error}", False)))
        return refused

    def _take(self, records: int, size: int) -> None:
        with self._changed:
            if self._fatal or self._closing.is_set():
                raise ProducerFailed(self._fatal or "it was closed")
            if (
                self._waiting_records + records > self._max_records
                or self._waiting_bytes + size > self._max_bytes
            ):
                raise QueueFull(records, size, self._waiting_records, self._waiting_bytes)
            self._waiting_records += records
            self._waiting_bytes += size

    def _finished(self, records: int, size: int) -> None:
        with self._changed:
            self._waiting_records -= records
            self._waiting_bytes -= size
            if self._waiting_records == 0:
                self._changed.notify_all()

    def _poll(self) -> None:
        while not self._closing.is_set() or self._waiting_records or self._refused:
            if self._closing.is_set():
                self._client.purge()
            self._client.poll(_POLL_S)
            while self._refused:
                batch, refused = self._refused.popleft()
                batch.refused(refused)
            if self._silence.is_long():
                self._begin_anew()

    def _heard(self, error: KafkaError | None) -> None:
        """On the poll thread."""
        if error is not None and error.code() == codes.EXPIRED:
            self._silence.begin()
        else:
            self._silence.end()

    def _begin_anew(self) -> None:
        """With another client. What the one before had under way has failed, whether Kafka has it or not."""
        log.warning("kafka_client_replaced", client="producer")
        self._silence.end()  # until a record of the new one expires
        with self._sending:
            given_up, self._client = self._client, Client(self._config)
        given_up.purge()
        while len(given_up):
            given_up.poll(_POLL_S)

    def _on_error(self, error: KafkaError) -> None:
        if error.fatal():
            self._fatal = f"{error.name()}: {error.str()}"
        self._errors.note(error)


class _Batch:
    """Counts a batch's outcomes; touched by the poll thread alone once it is sent."""

    __slots__ = ("_finished", "_heard", "_left", "_on_done", "_outcomes", "_size")

    def __init__(
        self,
        records: int,
        size: int,
        on_done: OnDone,
        finished: Callable[[int, int], None],
        heard: Callable[[KafkaError | None], None],
    ) -> None:
        self._left = records
        self._outcomes: list[Delivery | None] = [None] * records
        self._size = size
        self._on_done = on_done
        self._finished = finished
        self._heard = heard

    def delivered(self, index: int, error: KafkaError | None, report: Report) -> None:
        self._heard(error)
        if error is None:
            outcome = Delivered(cast(int, report.partition()), cast(int, report.offset()))
        else:
            outcome = failed(error, report.partition())
        self._outcomes[index] = outcome
        self._left -= 1
        if not self._left:
            self._end()

    def refused(self, outcomes: Sequence[tuple[int, Failed]]) -> None:
        for index, outcome in outcomes:
            self._outcomes[index] = outcome
        self._left -= len(outcomes)
        if not self._left:
            self._end()

    def _end(self) -> None:
        try:
            self._on_done(cast(Sequence[Delivery], self._outcomes))
        except Exception:
            log.exception("delivery_callback_failed", records=len(self._outcomes))
        self._finished(len(self._outcomes), self._size)


def _size(record: OutRecord) -> int:
    size = len(record.value or b"") + len(record.key or b"")
    for name, value in record.headers:
        size += len(name) + len(value or b"")
    return size
