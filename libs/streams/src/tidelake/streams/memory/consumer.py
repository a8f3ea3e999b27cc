"""The consumer on the broker in memory."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from tidelake.streams.consumer import Polled, RebalanceListener
from tidelake.streams.errors import ConsumerFailed, NoPosition, NotAssigned
from tidelake.streams.memory.broker import MemoryBroker
from tidelake.streams.memory.group import Member
from tidelake.streams.memory.message import MemoryMessage
from tidelake.streams.values import TopicPartition


@dataclass(slots=True, eq=False)
class _Reading:
    """Where this consumer stands in one partition."""

    position: int
    paused: bool = False
    # Taken without a start: its first seek decides where it is.
    parked: bool = False
    end_reported_at: int | None = None
    out_of_range_reported: bool = False


@dataclass(slots=True, eq=False)
class _Answer:
    """A Polled in the making."""

    room: int
    messages: list[MemoryMessage] = field(default_factory=list[MemoryMessage])
    ends: dict[TopicPartition, int] = field(default_factory=dict[TopicPartition, int])
    out_of_range: set[TopicPartition] = field(default_factory=set[TopicPartition])
    unknown_topics: set[str] = field(default_factory=set[str])


class MemoryConsumer:
    """Gives up and takes over partitions inside `consume`, as the client on Kafka does; `consume` never
    waits.

    A partition's next owner gets it at its own first consume after the one before gave it up.
    """

    def __init__(self, broker: MemoryBroker, group: str) -> None:
        self._broker = broker
        self._group_name = group
        self._group = broker.group(group)
        self._member: Member | None = None
        self._listener: RebalanceListener | None = None
        self._topics: frozenset[str] = frozenset()
        self._reading: dict[TopicPartition, _Reading] = {}
        self._unknown_reported: set[str] = set()
        self._turn = 0
        self._told_of_none = False  # and nothing has happened since
        self._closed = False

    @property
    def assignment(self) -> frozenset[TopicPartition]:
        """What this consumer holds to be its own."""
        return frozenset(self._reading)

    def subscribe(self, topics: Collection[str], listener: RebalanceListener) -> None:
        self._listener = listener
        self._topics = frozenset(topics)
        if self._member is None:
            self._join()
        else:
            self._member.topics = self._topics
            self._group.rebalance()

    def expire(self, unnoticed_polls: int = 0) -> None:
        """See MemoryBroker.expire."""
        if self._member is not None:
            self._broker.expire(self._group_name, self._member, unnoticed_polls)

    def skip(self, partition: TopicPartition, offsets: int) -> None:
        """As a client with a fault does: goes on so many offsets further, at the last stable one at most, and
        says nothing."""
        reading, log = self._require(partition), self._broker.log(partition)
        reading.position = max(reading.position, min(reading.position + offsets, log.last_stable_offset))

    def consume(self, max_records: int, timeout: timedelta) -> Polled:  # noqa: ARG002
        if self._closed:
            raise ConsumerFailed("it was closed")
        if not self._broker.available:
            return Polled()
        self._follow_group()
        answer = _Answer(max_records)
        partitions = sorted(self._reading)
        # Another partition is first each time, so that none starves.
        self._turn += 1
        for i in range(len(partitions)):
            self._read(partitions[(i + self._turn) % len(partitions)], answer)
        missing = self._topics - self._broker.topic_names()
        answer.unknown_topics |= missing - self._unknown_reported
        self._unknown_reported = set(missing)
        return Polled(
            answer.messages, answer.ends, frozenset(answer.out_of_range), frozenset(answer.unknown_topics)
        )

    def seek(self, partition: TopicPartition, offset: int) -> None:
        reading = self._require(partition)
        self._reading[partition] = _Reading(offset, reading.paused)

    def pause(self, partitions: Collection[TopicPartition]) -> None:
        for reading in [self._require(partition) for partition in partitions]:
            reading.paused = True

    def resume(self, partitions: Collection[TopicPartition]) -> None:
        for partition in partitions:
            if self._require(partition).parked:
                raise NoPosition(str(partition))
        for reading in [self._require(partition) for partition in partitions]:
            reading.paused = False
            reading.end_reported_at = None

    def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        if self._member and not self._member.expired and self._broker.available:
            self._group.committed.update(offsets)

    def close(self, timeout: timedelta = timedelta(seconds=10)) -> None:  # noqa: ARG002
        if self._closed:
            return
        self._closed = True
        if self._member is None or self._listener is None:
            return
        try:
            if self._reading:
                tell = self._listener.lost if self._member.expired else self._listener.revoked
                tell(frozenset(self._reading))
        finally:
            self._reading.clear()
            if not self._member.expired:
                self._group.leave(self._member)

    def _join(self) -> None:
        self._member = Member(self._topics)
        self._group.join(self._member)

    def _follow_group(self) -> None:
        if self._member is None or self._listener is None:
            return
        if self._member.expired:
            if self._member.unnoticed_polls > 0:
                self._member.unnoticed_polls -= 1
                return
            self._join()
            if self._reading:
                lost = frozenset(self._reading)
                try:
                    self._listener.lost(lost)
                finally:
                    self._reading.clear()
                    self._told_of_none = False
        self._give_up(self._group.to_revoke(self._member), self._listener)
        self._take_over(self._group.to_assign(self._member), self._member, self._listener)

    def _give_up(self, going: frozenset[TopicPartition], listener: RebalanceListener) -> None:
        if not going:
            return
        try:
            listener.revoked(going)
        finally:
            for partition in going:
                self._reading.pop(partition, None)
            self._group.release(going)

    def _take_over(
        self, coming: frozenset[TopicPartition], member: Member, listener: RebalanceListener
    ) -> None:
        if not coming and (self._reading or self._told_of_none):
            return
        self._told_of_none = not coming
        starts: Mapping[TopicPartition, int | None] = {}
        try:
            starts = listener.assigned(coming)
        finally:
            self._group.take(member, coming)
            for partition in coming:
                start = starts.get(partition)
                self._reading[partition] = _Reading(start or 0, paused=start is None, parked=start is None)

    def _read(self, partition: TopicPartition, answer: _Answer) -> None:
        reading = self._reading[partition]
        if reading.paused or partition.topic not in self._broker.topic_names():
            return
        log = self._broker.log(partition)
        if not log.start <= reading.position <= log.end:
            if not reading.out_of_range_reported:
                reading.out_of_range_reported = True
                answer.out_of_range.add(partition)
            return
        stable = log.last_stable_offset
        while reading.position < stable:
            record = log.visible(reading.position)
            if record is not None:
                if not answer.room:
                    return
                answer.messages.append(MemoryMessage(partition, reading.position, record))
                answer.room -= 1
            reading.position += 1
        if answer.room and reading.end_reported_at != reading.position:
            reading.end_reported_at = reading.position
            answer.ends[partition] = reading.position
            answer.room -= 1

    def _require(self, partition: TopicPartition) -> _Reading:
        if partition not in self._reading:
            raise NotAssigned(str(partition))
        return self._reading[partition]
