"""What can go wrong between the lake and Kafka."""

from tidelake.runtime.errors import LakeError, Terminal, Transient


class BrokerUnavailable(LakeError, Transient):
    """Kafka did not answer in time."""

    def __init__(self, doing: str, reason: str) -> None:
        self.doing = doing
        self.reason = reason
        super().__init__(
            f"Kafka did not answer while {doing}: {reason}. Nothing was changed by this process; it can be "
            "tried again. If it lasts, see whether the brokers run and whether the bootstrap address is "
            "theirs."
        )


class UnknownTopic(LakeError, Transient):
    """Kafka has no topic of that name (now)."""

    def __init__(self, topic: str) -> None:
        self.topic = topic
        super().__init__(
            f"Kafka has no topic {topic!r}. Topics are made by `lake dataset apply`; if it was deleted, what "
            "was in it and not yet in the lake is gone."
        )


class FewerPartitions(LakeError, Terminal):
    """A topic cannot lose partitions."""

    def __init__(self, topic: str, has: int, wanted: int) -> None:
        self.topic = topic
        self.has = has
        self.wanted = wanted
        super().__init__(
            f"Topic {topic!r} has {has} partitions and Kafka cannot take any away; {wanted} were asked for. "
            f"Nothing was changed. Ask for {has} or more."
        )


class QueueFull(LakeError, Transient):
    """The producer has no room for this batch; nothing of it was taken."""

    def __init__(self, records: int, bytes_: int, waiting_records: int, waiting_bytes: int) -> None:
        self.records = records
        self.bytes = bytes_
        self.waiting_records = waiting_records
        self.waiting_bytes = waiting_bytes
        super().__init__(
            f"No room for {records} records ({bytes_} bytes): {waiting_records} records ({waiting_bytes} "
            "bytes) still wait for Kafka. Nothing of the batch was taken; send it again later."
        )


class ProducerFailed(LakeError, Terminal):
    """The producer can no longer promise order and uniqueness, and takes nothing more."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(
            f"The Kafka producer failed for good: {reason}. What was acknowledged is kept, what was under "
            "way was reported to its senders. The process has to start again."
        )


class ConsumerFailed(LakeError, Terminal):
    """The consumer cannot go on in this process."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(
            f"The Kafka consumer failed for good: {reason}. Nothing was committed after it. The process has "
            "to start again."
        )


class NotAssigned(LakeError, Terminal):
    """The partition is not this consumer's (any more)."""

    def __init__(self, partition: str) -> None:
        self.partition = partition
        super().__init__(
            f"Partition {partition} is not assigned to this consumer, so it can't be moved, paused or "
            "resumed. A listener that keeps a partition after `revoked` or `lost` is a fault of this program."
        )


class AdminRefused(LakeError, Terminal):
    """Kafka understood an admin call and will not do it."""

    def __init__(self, doing: str, reason: str) -> None:
        self.doing = doing
        self.reason = reason
        super().__init__(
            f"Kafka refused {doing}: {reason}. Nothing was changed by this call. Correct what it names "
            "(rights, configuration, replication) and start again."
        )


class NoPosition(LakeError, Terminal):
    """The partition was taken without a start, and nobody has said where to begin."""

    def __init__(self, partition: str) -> None:
        self.partition = partition
        super().__init__(
            f"Partition {partition} has no position, so it can't be resumed. Seek it first: nothing here "
            "guesses where to begin."
        )
