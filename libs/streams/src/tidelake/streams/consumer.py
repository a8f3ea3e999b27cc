"""The consumer's port: batches out of a group's partitions, starting where the listener says."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from tidelake.streams.values import Message, TopicPartition


@dataclass(frozen=True, slots=True)
class Polled:
    """What one `consume` brought.

    `messages` are in offset order within a partition; aborted records and markers never show.
    `ends[tp]`: everything below this offset was delivered, here or before, and there was nothing more then;
    it lies behind transaction markers, so it can be larger than the last offset + 1.
    `out_of_range`: the position is outside the log. The partition stands still until `seek`; reported once
    per seek or assignment.
    `unknown_topics`: subscribed, but not (or no longer) in Kafka.
    """

    messages: Sequence[Message] = ()
    ends: Mapping[TopicPartition, int] = field(default_factory=dict[TopicPartition, int])
    out_of_range: frozenset[TopicPartition] = frozenset()
    unknown_topics: frozenset[str] = frozenset()


class RebalanceListener(Protocol):
    """Told what the group gives and takes: incrementally, only inside `consume` and `close`, on the caller's
    thread. An exception of it comes out of that call."""

    def assigned(self, partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, int | None]:
        """These came. Returns where each starts; None: it is taken but stands paused until `seek` +
        `resume`. Called with none when the group has answered and this consumer has none."""
        ...

    def revoked(self, partitions: Collection[TopicPartition]) -> None:
        """These go, and are still this consumer's until this returns: finish them here."""
        ...

    def lost(self, partitions: Collection[TopicPartition]) -> None:
        """These went already and may have another owner: drop them, commit nothing for them."""
        ...


class Consumer(Protocol):
    """One member of a consumer group. For one thread."""

    def subscribe(self, topics: Collection[str], listener: RebalanceListener) -> None:
        """Joins the group for exactly these topics; calling it again changes the list."""
        ...

    def consume(self, max_records: int, timeout: timedelta) -> Polled:
        """Waits until `max_records` are there or `timeout` has passed. Raises ConsumerFailed."""
        ...

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """The next message of it is the first at or after `offset`; paused stays paused. Raises
        NotAssigned."""
        ...

    def pause(self, partitions: Collection[TopicPartition]) -> None:
        """Nothing of them comes until `resume`. Raises NotAssigned."""
        ...

    def resume(self, partitions: Collection[TopicPartition]) -> None:
        """They go on at the first message not yet delivered. Raises NotAssigned; NoPosition if one was taken
        without a start and not moved since."""
        ...

    def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Tells Kafka the next offset of each, for people and lag metrics: a hint and no fence. Does not
        wait; a commit that fails is logged and counted, never raised."""
        ...

    def close(self, timeout: timedelta = timedelta(seconds=10)) -> None:
        """Leaves the group; `revoked` is called for what is still assigned. Then waits for Kafka, at most
        `timeout`. A second call does nothing."""
        ...
