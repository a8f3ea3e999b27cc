"""The broker in memory: topics and groups, and what a test can do to them."""

import base64
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tidelake.runtime.clock import Clock, SystemClock
from tidelake.streams.errors import UnknownTopic
from tidelake.streams.memory.group import Group, Member
from tidelake.streams.memory.log import Entry, Fate, PartitionLog, Transaction
from tidelake.streams.memory.message import Record
from tidelake.streams.values import TopicPartition


@dataclass(slots=True, eq=False)
class StoredTopic:
    """A topic as it is now; made anew it is another one of the same name."""

    topic_id: str
    logs: list[PartitionLog]
    config: dict[str, str] = field(default_factory=dict[str, str])


class MemoryBroker:
    """Shared by all clients of a test. `available = False`: nothing is answered until it is True again."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.available = True
        self._clock = clock or SystemClock()
        self._topics: dict[str, StoredTopic] = {}
        self._groups: dict[str, Group] = {}
        self._made = 0

    def create_topic(self, topic: str, partitions: int, config: Mapping[str, str] | None = None) -> str:
        """Makes it and returns its id. Raises ValueError if it exists."""
        if topic in self._topics:
            raise ValueError(f"topic {topic!r} exists")
        self._made += 1
        id_bytes = uuid.uuid5(uuid.NAMESPACE_OID, f"{topic}/{self._made}").bytes
        topic_id = base64.urlsafe_b64encode(id_bytes).decode().rstrip("=")
        self._topics[topic] = StoredTopic(
            topic_id, [PartitionLog() for _ in range(partitions)], dict(config or {})
        )
        self._rebalance()
        return topic_id

    def delete_topic(self, topic: str) -> None:
        """Raises UnknownTopic."""
        self.stored(topic)
        del self._topics[topic]
        self._rebalance()

    def recreate_topic(self, topic: str) -> str:
        """Made anew before any consumer noticed: another id, as many partitions, offsets from 0."""
        before = self.stored(topic)
        del self._topics[topic]
        return self.create_topic(topic, len(before.logs), before.config)

    def add_partitions(self, topic: str, total: int) -> None:
        """Raises ValueError if there are more already."""
        logs = self.stored(topic).logs
        if total < len(logs):
            raise ValueError(f"topic {topic!r} has {len(logs)} partitions already")
        logs.extend(PartitionLog() for _ in range(total - len(logs)))
        self._rebalance()

    def append(
        self,
        partition: TopicPartition,
        value: bytes | None,
        key: bytes | None = None,
        headers: Iterable[tuple[bytes, bytes | None]] = (),
        timestamp_ms: int | None = None,
        within: Transaction | None = None,
    ) -> int:
        """Writes one record, beside any producer; returns its offset."""
        now_ms = int(self._clock.now().timestamp() * 1000)
        record = Record(value, key, tuple(headers), now_ms if timestamp_ms is None else timestamp_ms)
        return self.log(partition).append(Entry(record, within))

    def begin_transaction(self) -> "MemoryTransaction":
        """What is appended in it shows at its commit, never if it is aborted, and leaves markers behind."""
        return MemoryTransaction(self)

    def move_log_start(self, partition: TopicPartition, offset: int) -> None:
        """As retention does: what lies before `offset` is gone."""
        self.log(partition).move_start(offset)

    def expire(self, group: str, member: Member, unnoticed_polls: int = 0) -> None:
        """The member's session ends without its knowing, as when its process was stopped: its partitions are
        free at once. It learns that they are lost at its next consume but `unnoticed_polls`; until then it
        still gets records of them, and its commits fail."""
        found = self.group(group)
        if member in found.members:
            found.leave(member)
        member.expired = True
        member.unnoticed_polls = unnoticed_polls

    def committed(self, group: str) -> Mapping[TopicPartition, int]:
        """What the group told Kafka."""
        return dict(self.group(group).committed)

    def topic_names(self) -> frozenset[str]:
        return frozenset(self._topics)

    def stored(self, topic: str) -> StoredTopic:
        """Raises UnknownTopic."""
        if topic not in self._topics:
            raise UnknownTopic(topic)
        return self._topics[topic]

    def log(self, partition: TopicPartition) -> PartitionLog:
        """Raises UnknownTopic, also for a partition that the topic does not have."""
        logs = self.stored(partition.topic).logs
        if not 0 <= partition.partition < len(logs):
            raise UnknownTopic(partition.topic)
        return logs[partition.partition]

    def group(self, name: str) -> Group:
        """The group of that name, made when it is first named."""
        if name not in self._groups:
            self._groups[name] = Group(self._partitions_of)
        return self._groups[name]

    def _partitions_of(self, topic: str) -> int:
        return len(self._topics[topic].logs) if topic in self._topics else 0

    def _rebalance(self) -> None:
        for group in self._groups.values():
            group.rebalance()


class MemoryTransaction:
    """A transaction that a test drives; it stays open until `commit` or `abort`."""

    def __init__(self, broker: MemoryBroker) -> None:
        self._broker = broker
        self._transaction = Transaction()
        self._touched: dict[TopicPartition, None] = {}

    def append(self, partition: TopicPartition, value: bytes | None, key: bytes | None = None) -> int:
        """Returns the offset. Everything behind it is out of reach until the transaction ends."""
        self._touched[partition] = None
        return self._broker.append(partition, value, key, within=self._transaction)

    def commit(self) -> None:
        self._end(Fate.COMMITTED)

    def abort(self) -> None:
        self._end(Fate.ABORTED)

    def _end(self, fate: Fate) -> None:
        self._transaction.fate = fate
        for partition in self._touched:
            self._broker.log(partition).append(Entry(None))
        self._touched.clear()
