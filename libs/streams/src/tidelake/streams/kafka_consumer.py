"""The consumer on Kafka, by confluent-kafka (librdkafka)."""

import threading
from collections.abc import Collection, Generator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, cast

import structlog
from confluent_kafka import Consumer as Client
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka import TopicPartition as Position
from opentelemetry.metrics import Meter
from tidelake.runtime.clock import SystemClock
from tidelake.streams import codes, metrics
from tidelake.streams.client_errors import ClientErrors
from tidelake.streams.connection import connection_config
from tidelake.streams.consumer import Polled, RebalanceListener
from tidelake.streams.errors import ConsumerFailed, NoPosition, NotAssigned
from tidelake.streams.limits import message_max_bytes
from tidelake.streams.silence import Silence
from tidelake.streams.sorting import sort_polled
from tidelake.streams.values import TopicPartition

log = structlog.get_logger()


class KafkaConsumer:
    """Consumer on Kafka: read_committed, cooperative, no offset reset, no automatic commit.

    `session_timeout`: how long Kafka waits for a silent member before it gives its partitions away.
    `max_poll_interval`: how long the caller may stay away from `consume` before this member leaves.
    """

    def __init__(
        self,
        bootstrap: str,
        group: str,
        client_id: str,
        session_timeout: timedelta = timedelta(seconds=10),
        max_poll_interval: timedelta = timedelta(minutes=5),
        max_record_bytes: int = 1024 * 1024,
        options: Mapping[str, str] | None = None,
        meter: Meter = metrics.NO_METER,
    ) -> None:
        clock = SystemClock()
        self._errors = ClientErrors("consumer", clock, meter)
        self._silence = Silence(clock)  # since Kafka lost sight of this member, until it has a say again
        self._topics: list[str] = []
        self._commit_failures = metrics.commit_failures(meter)
        self._listener: RebalanceListener | None = None
        self._assigned: set[TopicPartition] = set()
        self._paused: set[TopicPartition] = set()
        # Taken without a start, and the start that their seek named. The client hears of them only when they
        # are resumed: were they assigned at a logical offset such as the log's end and moved before the
        # broker had said where that is, the client would ask again and go there later, over all records.
        self._parked: dict[TopicPartition, int | None] = {}
        self._fatal: str | None = None
        self._closed = False
        fetch_bytes = max(message_max_bytes(max_record_bytes), 1024 * 1024)
        session_ms = _ms(session_timeout)
        self._config: dict[str, Any] = {
            **connection_config(bootstrap, client_id, options or {}, self._on_error),
            "group.id": group,
            "isolation.level": "read_committed",
            "auto.offset.reset": "error",
            "enable.partition.eof": True,
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "partition.assignment.strategy": "cooperative-sticky",
            "session.timeout.ms": session_ms,
            "heartbeat.interval.ms": max(1, min(3000, session_ms // 3)),
            "max.poll.interval.ms": max(_ms(max_poll_interval), session_ms),
            "on_commit": self._on_commit,
            # A partition that is assigned or moved waits for the fetch under way: half a second by default.
            "fetch.wait.max.ms": 100,
            # By default the fetcher sleeps a second whenever its queue is full.
            "fetch.queue.backoff.ms": 10,
            "queued.min.messages": 20_000,
            "queued.max.messages.kbytes": max(32_768, 2 * fetch_bytes // 1024),
            "max.partition.fetch.bytes": fetch_bytes,
            "fetch.max.bytes": max(8 * fetch_bytes, 16 * 1024 * 1024),
            "receive.message.max.bytes": max(8 * fetch_bytes, 16 * 1024 * 1024) + 1024 * 1024,
        }
        self._client = Client(self._config)

    def subscribe(self, topics: Collection[str], listener: RebalanceListener) -> None:
        self._listener, self._topics = listener, sorted(topics)
        if topics:
            self._subscribe()
        else:
            self._client.unsubscribe()

    def consume(self, max_records: int, timeout: timedelta) -> Polled:
        if self._topics and self._silence.is_long():
            self._begin_anew()
        try:
            batch = self._client.consume(max_records, timeout.total_seconds())
        except KafkaException as error:
            raise ConsumerFailed(str(error.args[0])) from error
        except RuntimeError as error:
            if not self._closed:
                raise
            raise ConsumerFailed("it was closed") from error
        polled, strange = sort_polled(batch)
        for problem in strange:
            self._on_error(problem)
        if self._fatal:
            raise ConsumerFailed(self._fatal)
        return polled

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self._require_assigned([partition])
        if partition in self._parked:
            self._parked[partition] = offset
            return
        position = Position(partition.topic, partition.partition, offset)
        try:
            self._client.seek(position)
        except KafkaException as error:
            if cast(KafkaError, error.args[0]).code() != codes.NOT_FETCHING:
                raise ConsumerFailed(
                    f"{partition} could not be moved to {offset}: {error.args[0]}"
                ) from error
            # After out of range the client stands and can't be moved, only given the partition anew.
            self._client.incremental_unassign([position])
            self._client.incremental_assign([position])
            if partition in self._paused:
                self._client.pause([position])

    def pause(self, partitions: Collection[TopicPartition]) -> None:
        self._require_assigned(partitions)
        self._client.pause(_positions(set(partitions) - self._parked.keys()))
        self._paused |= set(partitions)

    def resume(self, partitions: Collection[TopicPartition]) -> None:
        self._require_assigned(partitions)
        starts: list[Position] = []
        for partition in set(partitions) & self._parked.keys():
            start = self._parked[partition]
            if start is None:
                raise NoPosition(str(partition))
            starts.append(Position(partition.topic, partition.partition, start))
        if starts:
            self._client.incremental_assign(starts)
        self._client.resume(_positions(set(partitions) - self._parked.keys()))
        for partition in partitions:
            self._parked.pop(partition, None)
        self._paused -= set(partitions)

    def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        positions = [Position(tp.topic, tp.partition, offset) for tp, offset in offsets.items()]
        if not positions:
            return
        try:
            self._client.commit(offsets=positions, asynchronous=True)
        except KafkaException as error:
            self._on_commit(cast(KafkaError, error.args[0]), positions)

    def close(self, timeout: timedelta = timedelta(seconds=10)) -> None:
        if self._closed:
            return
        self._closed = True
        # Revoked here and not by the client's close, which may wait a minute for a broker that hangs and
        # would have to call the listener from the thread that waits.
        try:
            if self._assigned:
                self._on_revoke(self._client, _positions(self._assigned))
        finally:
            self._listener = None
            leaving = _closing(self._client)
            leaving.join(timeout.total_seconds())
            if leaving.is_alive():
                log.warning("consumer_close_abandoned", timeout_seconds=timeout.total_seconds())

    def _subscribe(self) -> None:
        self._client.subscribe(
            self._topics, on_assign=self._on_assign, on_revoke=self._on_revoke, on_lost=self._on_lost
        )

    def _begin_anew(self) -> None:
        """With another client. Nothing is assigned to this one, since it was lost."""
        log.warning("kafka_client_replaced", client="consumer")
        given_up, self._client = self._client, Client(self._config)
        _closing(given_up)
        self._subscribe()

    def _on_assign(self, client: Client, positions: list[Position]) -> None:
        if client is not self._client:
            return  # it was given up, and closes
        self._silence.end()
        partitions = _partitions(positions)
        starts: Mapping[TopicPartition, int | None] = {}
        try:
            if (partitions or not self._assigned) and self._listener:
                starts = self._listener.assigned(partitions)
        finally:
            # Also when the listener failed: without an assignment of ours the client makes one of its own.
            placed: list[Position] = []
            for position in positions:
                start = starts.get(TopicPartition(position.topic, position.partition))
                if start is not None:
                    position.offset = start
                    placed.append(position)
            self._client.incremental_assign(placed)
            parked = partitions - _partitions(placed)
            self._assigned |= partitions
            self._parked.update(dict.fromkeys(parked))
            self._paused |= parked

    def _on_revoke(self, client: Client, positions: list[Position]) -> None:
        if client is not self._client:
            return
        with self._giving_up(positions) as partitions:
            if partitions and self._listener:
                self._listener.revoked(partitions)

    def _on_lost(self, client: Client, positions: list[Position]) -> None:
        if client is not self._client:
            return
        self._silence.begin()
        with self._giving_up(positions) as partitions:
            if partitions and self._listener:
                self._listener.lost(partitions)

    @contextmanager
    def _giving_up(self, positions: list[Position]) -> Generator[frozenset[TopicPartition]]:
        partitions = _partitions(positions)
        try:
            yield partitions
        finally:
            self._client.incremental_unassign(_positions(partitions - self._parked.keys()))
            self._assigned -= partitions
            self._paused -= partitions
            for partition in partitions:
                self._parked.pop(partition, None)

    def _on_error(self, error: KafkaError) -> None:
        if error.fatal() or error.code() in codes.CONSUMER_MUST_STOP:
            self._fatal = f"{error.name()}: {error.str()}"
            return
        self._errors.note(error)

    def _on_commit(self, error: KafkaError | None, positions: list[Position]) -> None:
        errors = [error] if error else [p.error for p in positions if p.error]
        for problem in errors:
            self._commit_failures.add(1, {"code": problem.name()})
            log.warning("offset_commit_failed", code=problem.name(), reason=problem.str())

    def _require_assigned(self, partitions: Collection[TopicPartition]) -> None:
        for partition in partitions:
            if partition not in self._assigned:
                raise NotAssigned(str(partition))


def _closing(client: Client) -> threading.Thread:
    thread = threading.Thread(target=client.close, name="kafka-consumer-close", daemon=True)
    thread.start()
    return thread


def _positions(partitions: Collection[TopicPartition]) -> list[Position]:
    return [Position(tp.topic, tp.partition) for tp in partitions]


def _partitions(positions: list[Position]) -> frozenset[TopicPartition]:
    return frozenset(TopicPartition(p.topic, p.partition) for p in positions)


def _ms(span: timedelta) -> int:
    return max(1, round(span.total_seconds() * 1000))
