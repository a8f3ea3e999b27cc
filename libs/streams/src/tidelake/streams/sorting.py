"""Sorts what the client library hands over, records and reports in one list, into a Polled."""

from collections.abc import Sequence
from typing import Any, cast

from confluent_kafka import KafkaError
from tidelake.streams import codes
from tidelake.streams.consumer import Polled
from tidelake.streams.values import Message, TopicPartition


def sort_polled(batch: Sequence[Any]) -> tuple[Polled, list[KafkaError]]:
    """The records and reports of one poll, and the errors that are neither: in the batch's own order."""
    messages = [message for message in batch if message.error() is None]
    if len(messages) == len(batch):
        return Polled(cast(Sequence[Message], messages)), []
    ends: dict[TopicPartition, int] = {}
    out_of_range: set[TopicPartition] = set()
    unknown_topics: set[str] = set()
    strange: list[KafkaError] = []
    for message in batch:
        error: KafkaError | None = message.error()
        if error is None:
            # Records after an end make it an end no more.
            ends.pop(TopicPartition(message.topic(), message.partition()), None)
            continue
        code = error.code()
        if code == codes.PARTITION_EOF:
            ends[TopicPartition(message.topic(), message.partition())] = message.offset()
        elif code == codes.OUT_OF_RANGE:
            out_of_range.add(TopicPartition(message.topic(), message.partition()))
        elif code in codes.UNKNOWN_TOPIC and message.topic() is not None:
            unknown_topics.add(message.topic())
        else:
            strange.append(error)
    polled = Polled(
        cast(Sequence[Message], messages), ends, frozenset(out_of_range), frozenset(unknown_topics)
    )
    return polled, strange
