"""Which lines are dead letters, read from their topic: what was read once is not read again."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from confluent_kafka import Message
from tidelake.contracts.names import DEAD_LETTERS
from tidelake.streams.headers import headers_of
from tidelake.streams.values import TIMESTAMP_NOT_AVAILABLE, TopicPartition
from tidelake.tables.positions import Source

from .kafka_reader import offset_of, read_messages
from .log_balance import Origins
from .origins import offsets_by_source
from .runs import NO_RUNS, Runs, joined, merged, runs_of

_NOT_TOLD = "not told"
_KEPT_FOR = timedelta(milliseconds=int(DEAD_LETTERS.config["retention.ms"]))


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """All dead letters that were read so far."""

    by_reason: Mapping[str, Origins]
    forgotten_before_ms: int | None
    """Dead letters of before that moment, in milliseconds since 1970, were deleted by Kafka before they were
    read; None: none were."""


class DeadLetterLog:
    """For one thread."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._next: dict[TopicPartition, int] = {}
        self._runs: dict[str, dict[Source, Runs]] = {}
        self._forgotten_before_ms: int | None = None

    def read(
        self, starts: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int], now: datetime
    ) -> DeadLetters:
        """What there is in [starts, ends) of each partition, and what was there before. Raises
        ReaderStalled, KafkaException."""
        for at, end in ends.items():
            if end < self._next.get(at, 0):  # the topic was made anew
                self._next[at] = 0
            begin = max(self._next.get(at, 0), starts[at])
            if begin > self._next.get(at, 0):
                self._forget(self._oldest_ms(at, begin, end, now))
            self._next[at] = begin
            for messages in read_messages(
                self._bootstrap, at.topic, at.partition, begin, end, committed=False
            ):
                self._take(messages)
                if messages:  # what was taken is not taken again, though the rest may fail to come
                    self._next[at] = offset_of(messages[-1]) + 1
            self._next[at] = max(begin, end)
        return DeadLetters(
            {reason: dict(by_source) for reason, by_source in self._runs.items()}, self._forgotten_before_ms
        )

    def _take(self, messages: list[Message]) -> None:
        origins: dict[str, list[bytes | None]] = defaultdict(list)
        for message in messages:
            headers = headers_of(message) or []  # pyright: ignore[reportArgumentType]
            # The router's own headers stand before the line's: of two of one name, the first counts.
            told = dict(reversed(headers))
            reason = (told.get("reason") or b"").decode(errors="replace") or _NOT_TOLD
            origins[reason].append(told.get("origin"))
        for reason, texts in origins.items():
            for source, offsets in offsets_by_source(texts).items():
                known = self._runs.setdefault(reason, {})
                known[source] = merged(joined((known.get(source, NO_RUNS), runs_of(offsets))))

    def _forget(self, before_ms: int) -> None:
        self._forgotten_before_ms = max(before_ms, self._forgotten_before_ms or 0)

    def _oldest_ms(self, at: TopicPartition, begin: int, end: int, now: datetime) -> int:
        """The time of the oldest that is kept: what was deleted is older. Where none is kept, what was
        deleted is older than dead letters are kept."""
        now_ms = int(now.timestamp() * 1000)
        for messages in read_messages(
            self._bootstrap, at.topic, at.partition, begin, min(begin + 1, end), committed=False
        ):
            for message in messages:
                kind, timestamp_ms = message.timestamp()
                return now_ms if kind == TIMESTAMP_NOT_AVAILABLE else timestamp_ms
        return now_ms - _KEPT_FOR // timedelta(milliseconds=1)
