"""A consumer group: who is a member, who owns which partition, and who shall."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from tidelake.streams.values import TopicPartition


@dataclass(slots=True, eq=False)
class Member:
    """One consumer as the group knows it. `expired`: the group gave it up, and it may not know yet."""

    topics: frozenset[str]
    expired: bool = False
    unnoticed_polls: int = 0


@dataclass(slots=True, eq=False)
class Group:
    """Cooperative: a partition goes to its next owner only after the one before has given it up."""

    partitions_of: Callable[[str], int]
    members: list[Member] = field(default_factory=list[Member])
    owners: dict[TopicPartition, Member] = field(default_factory=dict[TopicPartition, Member])
    targets: dict[TopicPartition, Member] = field(default_factory=dict[TopicPartition, Member])
    committed: dict[TopicPartition, int] = field(default_factory=dict[TopicPartition, int])

    def join(self, member: Member) -> None:
        self.members.append(member)
        self.rebalance()

    def leave(self, member: Member) -> None:
        """What it owned is free at once."""
        self.members.remove(member)
        for partition in self.owned(member):
            del self.owners[partition]
        self.rebalance()

    def owned(self, member: Member) -> frozenset[TopicPartition]:
        return frozenset(tp for tp, owner in self.owners.items() if owner is member)

    def to_revoke(self, member: Member) -> frozenset[TopicPartition]:
        return frozenset(tp for tp in self.owned(member) if self.targets.get(tp) is not member)

    def to_assign(self, member: Member) -> frozenset[TopicPartition]:
        return frozenset(tp for tp, to in self.targets.items() if to is member and tp not in self.owners)

    def take(self, member: Member, partitions: Collection[TopicPartition]) -> None:
        for partition in partitions:
            self.owners[partition] = member

    def release(self, partitions: Collection[TopicPartition]) -> None:
        for partition in partitions:
            self.owners.pop(partition, None)

    def rebalance(self) -> None:
        """Decides anew who shall own what: even to one partition, moving as few as that needs."""
        wanted = sorted(
            TopicPartition(topic, number)
            for topic in {topic for member in self.members for topic in member.topics}
            for number in range(self.partitions_of(topic))
        )
        kept = {**self.owners, **self.targets}
        targets: dict[TopicPartition, Member] = {}
        for partition in wanted:
            owner = kept.get(partition)
            if owner in self.members and partition.topic in owner.topics:
                targets[partition] = owner
        for partition in wanted:
            if partition not in targets:
                targets[partition] = self._least_loaded(partition.topic, targets)
        while move := self._unevenness(targets):
            partition, to = move
            targets[partition] = to
        self.targets = targets

    def _least_loaded(self, topic: str, targets: Mapping[TopicPartition, Member]) -> Member:
        readers = [member for member in self.members if topic in member.topics]
        return min(readers, key=lambda member: _load(member, targets))

    def _unevenness(self, targets: Mapping[TopicPartition, Member]) -> tuple[TopicPartition, Member] | None:
        for partition in sorted(targets, reverse=True):
            to = self._least_loaded(partition.topic, targets)
            if _load(targets[partition], targets) > _load(to, targets) + 1:
                return partition, to
        return None


def _load(member: Member, targets: Mapping[TopicPartition, Member]) -> int:
    return sum(1 for owner in targets.values() if owner is member)
