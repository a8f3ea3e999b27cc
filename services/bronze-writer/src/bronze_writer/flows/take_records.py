"""Takes what a poll brought into the partitions' pending records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tidelake.streams.consumer import Polled
from tidelake.streams.values import Message, TopicPartition

from bronze_writer.core.columns import by_partition, record_batch
from bronze_writer.flows.ports import Ports
from bronze_writer.flows.stop_partition import wait_for_place
from bronze_writer.flows.table_state import Assignment


def take_records(polled: Polled, assignments: Mapping[TopicPartition, Assignment], ports: Ports) -> None:
    """Records of partitions that are not read (any more) are left alone: they come again."""
    now = ports.clock.monotonic()
    for at, messages in by_partition(polled.messages).items():
        assignment = assignments.get(at)
        if assignment is not None and assignment.reading and assignment.pending is not None:
            unseen = _from(assignment.pending.end, messages)
            if unseen:
                assignment.pending.take(record_batch(unseen), now)
    for at, end in polled.ends.items():
        assignment = assignments.get(at)
        if assignment is not None and assignment.reading and assignment.pending is not None:
            assignment.pending.reach(end, now)
    for at in polled.out_of_range:
        assignment = assignments.get(at)
        if assignment is not None and assignment.reading:
            # What was taken before is good. Where the log begins now is looked at once that is committed.
            wait_for_place(assignment, ports, ports.limits.retry_after.total_seconds())


def _from(position: int, messages: Sequence[Message]) -> Sequence[Message]:
    if messages[0].offset() >= position:
        return messages
    return [message for message in messages if message.offset() >= position]
