"""Which datasets are this processor's, by its place in the consumer group of all processors.

The partitions of a topic without records are the shares: Kafka gives each to one processor that lives, and
leaves it where it is while that one does. A zombie that has not heard yet that it lost its share harms no
table (decision 0041); it and its successor only turn each other's batches away until it hears.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta

import structlog
from tidelake.contracts.names import SILVER_SHARES
from tidelake.runtime.clock import Clock
from tidelake.runtime.health import Health
from tidelake.streams.consumer import Consumer
from tidelake.streams.errors import BrokerUnavailable, UnknownTopic
from tidelake.streams.values import TopicPartition

from silver_processor.inbound.streams import IsMine

log = structlog.get_logger()

_KEPT = timedelta(seconds=60)
"""What is lost is worked on for so long, unless the group gives it to somebody: mostly Kafka itself is away,
and gives it back."""
_COUNTED_EVERY = timedelta(seconds=30)
"""Shares may be added. Who has some already hears of it only so; until then two may work on one dataset."""
_FINISHED_WITHIN = timedelta(seconds=30)
_AT_ONCE = timedelta(0)  # as its successor works already
_COMPONENT = "shares"


class Shares:
    """A RebalanceListener of its own consumer. For one thread."""

    def __init__(
        self,
        consumer: Consumer,
        count: Callable[[], int],
        keep: Callable[[IsMine, timedelta], None],
        clock: Clock,
        health: Health,
    ) -> None:
        """`count`: how many shares there are; raises BrokerUnavailable, UnknownTopic. `keep` ends the streams
        of all datasets but those that are this processor's; a batch under way has so long."""
        self._consumer = consumer
        self._ask_count = count
        self._keep = keep
        self._clock = clock
        self._health = health
        self._held: set[int] = set()
        self._count = 0  # of shares; 0 until it is known
        self._count_at: float | None = None  # when it was asked for, in monotonic seconds; None: not since
        self._answered = False  # by the group
        self._lost_at: float | None = None  # monotonic seconds, while nobody has said whose they are now
        health.set(_COMPONENT, False, "it warms up while another processor works")

    def join(self) -> None:
        """Asks for a share."""
        self._health.set(_COMPONENT, False, "the group has not answered yet")
        self._consumer.subscribe([SILVER_SHARES.name], self)

    def step(self, wait: timedelta) -> None:
        """Hears what the group gives and takes, for so long. Raises ConsumerFailed."""
        if self._consumer.consume(1, wait).unknown_topics:
            self._health.set(_COMPONENT, False, str(UnknownTopic(SILVER_SHARES.name)))
        now = self._clock.monotonic()
        if self._lost_at is not None and now >= self._lost_at + _KEPT.total_seconds():
            log.warning("shares_given_up", after_seconds=_KEPT.total_seconds())
            self._held.clear()
            self._lost_at, self._answered = None, False
            self._health.set(
                _COMPONENT, False, "Kafka has long lost sight of this processor; others may have its datasets"
            )
        is_settled = self._lost_at is None and self._answered
        if is_settled and (self._count_at is None or now >= self._count_at + _COUNTED_EVERY.total_seconds()):
            self._count_them()

    def is_mine(self, address: str) -> bool:
        """Whether this processor has the dataset of that address."""
        return bool(self._count) and zlib.crc32(address.encode()) % self._count in self._held

    def assigned(self, partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, int | None]:
        """See RebalanceListener. There is nothing to read in them."""
        came = {one.partition for one in partitions}
        if self._lost_at is None:
            self._held |= came
            self._settled()
        else:  # the group begins anew, and says all that one has
            self._held = came
            self._settled()
            self._keep(self.is_mine, _AT_ONCE)
        return dict.fromkeys(partitions)

    def revoked(self, partitions: Collection[TopicPartition]) -> None:
        """See RebalanceListener. The batch under way is finished, as the next owner would do it again."""
        self._held -= {one.partition for one in partitions}
        self._settled()
        self._keep(self.is_mine, _FINISHED_WITHIN)

    def lost(self, partitions: Collection[TopicPartition]) -> None:
        """See RebalanceListener."""
        log.warning("shares_lost", shares=sorted(one.partition for one in partitions))
        self._lost_at = self._clock.monotonic()
        self._health.set(
            _COMPONENT, False, "Kafka has lost sight of this processor; it asks for its share again"
        )

    def _settled(self) -> None:
        self._lost_at = None
        self._answered = True
        self._count_at = None
        log.info("shares_settled", shares=sorted(self._held))
        self._count_them()

    def _count_them(self) -> None:
        try:
            self._count = self._ask_count()
        except (BrokerUnavailable, UnknownTopic) as cause:
            self._health.set(_COMPONENT, False, str(cause))
            return
        self._count_at = self._clock.monotonic()
        stands_by = "" if self._held else "stands by: other processors have all shares"
        self._health.set(_COMPONENT, True, stands_by)
