"""Waits until bronze has everything that Kafka had: progress by tokens against last stable offsets."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from tidelake.runtime.clock import Clock
from tidelake.runtime.errors import LakeError, Transient
from tidelake.streams.topics import Topics
from tidelake.streams.values import TopicPartition
from tidelake.tables.bronze_table import BronzeTable
from tidelake.tables.positions import Source

LOOK_EVERY = timedelta(milliseconds=300)
STANDSTILL = timedelta(seconds=90)


class NotCatchingUp(LakeError, Transient):
    """Bronze stands still behind Kafka."""

    def __init__(self, behind: int) -> None:
        super().__init__(
            f"Bronze is {behind:,} offsets behind Kafka and has not moved for {STANDSTILL.seconds} s. "
            "Nothing is lost: the records wait in Kafka. See ./lake status and ./lake logs bronze-writer-1."
        )
        self.behind = behind


@dataclass(frozen=True, slots=True)
class Reach:
    """How far bronze is. Counts offsets, which are records unless transactions left markers."""

    written: int
    total: int


def reach(topics: Topics, topic: str, table: BronzeTable) -> Reach:
    """Where the table's tokens stand against the last stable offsets. A partition never written counts 0."""
    topic_id = topics.topic_id(topic)
    partitions = [TopicPartition(topic, number) for number in range(topics.partitions(topic))]
    starts, ends = topics.log_starts(partitions), topics.last_stable_offsets(partitions)
    handle = table.open()
    written = 0
    for at in partitions:
        token = handle.token(Source(topic_id, at.partition))
        written += max(0, (token if token is not None else starts[at]) - starts[at])
    return Reach(written, sum(ends[at] - starts[at] for at in partitions))


def catch_up(
    look: Callable[[], Reach],
    *,
    clock: Clock,
    wait: Callable[[timedelta], bool],
    on_reach: Callable[[Reach], None],
) -> bool:
    """Wait until written == total; `wait` returns True to give up, and then this returns False.

    Raises NotCatchingUp after a minute and a half without a step.
    """
    best, since = -1, clock.monotonic()
    while True:
        now = look()
        on_reach(now)
        if now.written >= now.total:
            return True
        if now.written > best:
            best, since = now.written, clock.monotonic()
        elif clock.monotonic() - since > STANDSTILL.total_seconds():
            raise NotCatchingUp(now.total - now.written)
        if wait(LOOK_EVERY):
            return False
