"""Reads what the doors counted: the newest count of each router run and dataset on `ingest-counts`."""

from collections.abc import Mapping, Sequence

import msgspec
from tidelake.contracts.names import INGEST_COUNTS
from tidelake.streams.topics import Topics
from tidelake.streams.values import TopicPartition

from .counts import DoorCount
from .kafka_reader import read_messages


class _Count(msgspec.Struct):
    """One message of `ingest-counts`."""

    dataset: str
    run_id: str
    instance: str
    seq: int
    received: int
    acknowledged: int
    refused: Mapping[str, int]
    unconfirmed: int
    final: bool = False


def read_door(bootstrap: str, topics: Topics) -> Mapping[str, Sequence[DoorCount]]:
    """Newest count of each run, by dataset. Counts are cumulative, so the newest of a run says all of it."""
    newest: dict[tuple[str, str], _Count] = {}
    partitions = [
        TopicPartition(INGEST_COUNTS.name, number) for number in range(topics.partitions(INGEST_COUNTS.name))
    ]
    starts, ends = topics.log_starts(partitions), topics.last_stable_offsets(partitions)
    for at in partitions:
        for messages in read_messages(
            bootstrap, at.topic, at.partition, starts[at], ends[at], committed=True
        ):
            for message in messages:
                value = message.value()
                if value is None:
                    continue
                count = msgspec.json.decode(value, type=_Count)
                known = newest.get((count.run_id, count.dataset))
                if known is None or known.seq < count.seq:
                    newest[count.run_id, count.dataset] = count
    by_dataset: dict[str, list[DoorCount]] = {}
    for count in newest.values():
        by_dataset.setdefault(count.dataset, []).append(
            DoorCount(
                dataset=count.dataset,
                run_id=count.run_id,
                instance=count.instance,
                received=count.received,
                acknowledged=count.acknowledged,
                refused=count.refused,
                unconfirmed=count.unconfirmed,
                final=count.final,
            )
        )
    return by_dataset
