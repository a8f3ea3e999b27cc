"""Offsets that a reader saw no record at, and the proof that there was none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from tidelake.streams.values import TopicPartition


class GapProver(Protocol):
    """Reads a log a second time, apart from any group, where a consumer was brought nothing.

    Markers of transactions and aborted records leave gaps that are in order. A record that a client skipped
    leaves the same gap: only another reader can tell one from the other.
    """

    def unproved(self, gaps: Mapping[TopicPartition, Sequence[range]]) -> Mapping[TopicPartition, str]:
        """Partitions with a gap that can't be proved to hold no committed record, each with the first reason.

        Gaps of a partition are ranges of offsets in ascending order that don't overlap, below its last stable
        offset. Raises BrokerUnavailable, also for a topic that is not there: nothing is proved.
        """
        ...


def record_in(gap: range, offset: int) -> str:
    """A reason: a committed record stands in the gap."""
    return (
        f"a record stands at offset {offset}, between {gap.start} and {gap.stop}, and the consumer skipped it"
    )


def log_ends_in(gap: range, offset: int) -> str:
    """A reason: the log ends before the gap does."""
    return f"the log ends at offset {offset}, and the consumer said that it had reached {gap.stop}"


def log_starts_in(gap: range) -> str:
    """A reason: the log starts behind the gap's start by now."""
    return f"offsets from {gap.start} on were deleted from Kafka before a second reader could look at them"
