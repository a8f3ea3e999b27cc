"""The proof of gaps on Kafka, by a consumer of its own."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from confluent_kafka import Consumer as Client
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka import TopicPartition as Position
from opentelemetry.metrics import Meter
from tidelake.runtime.clock import SystemClock
from tidelake.streams import codes, metrics
from tidelake.streams.client_errors import ClientErrors
from tidelake.streams.connection import connection_config
from tidelake.streams.errors import BrokerUnavailable
from tidelake.streams.gaps import log_ends_in, log_starts_in, record_in
from tidelake.streams.limits import message_max_bytes
from tidelake.streams.sorting import sort_polled
from tidelake.streams.values import TopicPartition

_NEAR = 1000
"""A gap that is so many offsets ahead, or fewer, is read up to: cheaper than another fetch."""
_BATCH = 500


class KafkaGapProver:
    """Reads from the start of each gap to its end, read_committed, without a group. For one thread.

    Connects when the first gap is asked about: topics without transactions have none.
    """

    def __init__(
        self,
        bootstrap: str,
        client_id: str,
        timeout: timedelta = timedelta(seconds=10),
        max_record_bytes: int = 1024 * 1024,
        options: Mapping[str, str] | None = None,
        meter: Meter = metrics.NO_METER,
    ) -> None:
        self._timeout_s = timeout.total_seconds()
        self._errors = ClientErrors("gap prover", SystemClock(), meter)
        self._config: dict[str, Any] = {
            **connection_config(bootstrap, client_id, options or {}, self._note),
            "group.id": f"{client_id}-gaps",  # asked for by the client; nothing is joined, nothing committed
            "isolation.level": "read_committed",
            "auto.offset.reset": "error",
            "enable.partition.eof": True,
            "enable.auto.commit": False,
            "topic.metadata.propagation.max.ms": 1000,  # a topic is not new here: it is there or gone
            "fetch.wait.max.ms": 10,
            "queued.max.messages.kbytes": 4 * 1024,
            "max.partition.fetch.bytes": 64 * 1024,  # at least one batch comes, however large
            "receive.message.max.bytes": 4 * message_max_bytes(max_record_bytes) + 100 * 1024 * 1024,
        }
        self._client: Client | None = None
        self._missing: str | None = None  # the client names a topic that is not there to its callback alone

    def unproved(self, gaps: Mapping[TopicPartition, Sequence[range]]) -> Mapping[TopicPartition, str]:
        open_gaps = {at: deque(ranges) for at, ranges in gaps.items() if ranges}
        if not open_gaps:
            return {}
        reasons: dict[TopicPartition, str] = {}
        if self._client is None:
            self._client = Client(self._config)
        client, self._missing = self._client, None
        deadline = time.monotonic() + self._timeout_s
        try:
            client.assign(
                [Position(at.topic, at.partition, ranges[0].start) for at, ranges in open_gaps.items()]
            )
            while open_gaps:
                left = deadline - time.monotonic()
                if left <= 0:
                    waiting = ", ".join(map(str, sorted(open_gaps)))
                    raise BrokerUnavailable(
                        f"proving gaps of {waiting}", f"no answer within {self._timeout_s:g} s"
                    )
                self._read(client, left, open_gaps, reasons)
        except KafkaException as error:
            raise BrokerUnavailable("proving gaps", str(error.args[0])) from error
        finally:
            client.unassign()
        return reasons

    def close(self) -> None:
        """Ends the connection, if there is one."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _read(
        self,
        client: Client,
        timeout_s: float,
        open_gaps: dict[TopicPartition, deque[range]],
        reasons: dict[TopicPartition, str],
    ) -> None:
        """Takes one poll, and takes out of `open_gaps` what it decides."""
        # All at once would wait until so many are there.
        batch = client.consume(1, min(timeout_s, 0.5))
        polled, strange = sort_polled([*batch, *client.consume(_BATCH, 0)])
        for problem in strange:
            self._note(problem)
        if self._missing or polled.unknown_topics:
            raise BrokerUnavailable("proving gaps", self._missing or f"no topic {min(polled.unknown_topics)}")
        reached: dict[TopicPartition, int] = {}
        for message in polled.messages:
            at, offset = TopicPartition(message.topic(), message.partition()), message.offset()
            if (gaps := open_gaps.get(at)) is None:
                continue
            _pass(gaps, offset)
            if gaps and gaps[0].start <= offset:
                reasons[at] = record_in(gaps[0], offset)
            if not gaps or at in reasons:
                del open_gaps[at]
            reached[at] = offset
        for at, end in polled.ends.items():
            if (gaps := open_gaps.get(at)) is None:
                continue
            _pass(gaps, end)
            if gaps:
                reasons[at] = log_ends_in(gaps[0], end)
            del open_gaps[at]
        for at in polled.out_of_range & open_gaps.keys():
            reasons[at] = log_starts_in(open_gaps.pop(at)[0])
        for at, gaps in open_gaps.items():
            if at in reached and gaps[0].start - reached[at] > _NEAR:
                client.seek(Position(at.topic, at.partition, gaps[0].start))

    def _note(self, problem: KafkaError) -> None:
        if problem.code() in codes.UNKNOWN_TOPIC:
            self._missing = problem.str()
        self._errors.note(problem)


def _pass(gaps: deque[range], offset: int) -> None:
    """Takes out the gaps that end at or before `offset`: nothing was seen in them."""
    while gaps and gaps[0].stop <= offset:
        gaps.popleft()
