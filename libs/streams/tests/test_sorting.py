from typing import Any

import pytest
from confluent_kafka import KafkaError, Message
from tidelake.streams import codes
from tidelake.streams.sorting import sort_polled
from tidelake.streams.values import TopicPartition

TP = TopicPartition("events.flights", 0)


def _record(offset: int, partition: int = 0) -> Any:
    return Message(topic=TP.topic, partition=partition, offset=offset, value=b"v")


def _report(code: int, offset: int = -1, partition: int = 0, topic: str | None = TP.topic) -> Any:
    return Message(topic=topic, partition=partition, offset=offset, error=KafkaError(code))


def test_records_alone_are_handed_on_untouched():
    batch = [_record(0), _record(1)]
    polled, strange = sort_polled(batch)
    assert all(got is given for got, given in zip(polled.messages, batch, strict=True))
    assert (polled.ends, polled.out_of_range, polled.unknown_topics, strange) == (
        {},
        frozenset(),
        frozenset(),
        [],
    )


def test_reports_are_told_apart():
    polled, strange = sort_polled(
        [
            _record(4),
            _report(codes.PARTITION_EOF, 7),
            _report(codes.OUT_OF_RANGE, 99, 1),
            _report(KafkaError.UNKNOWN_TOPIC_OR_PART, topic="gone"),
        ]
    )
    assert [message.offset() for message in polled.messages] == [4]
    assert polled.ends == {TP: 7}
    assert polled.out_of_range == {TopicPartition(TP.topic, 1)}
    assert polled.unknown_topics == {"gone"}
    assert strange == []


def test_an_end_with_records_behind_it_is_none():
    polled, _ = sort_polled([_report(codes.PARTITION_EOF, 3), _record(3), _record(0, 1)])
    assert polled.ends == {}
    polled, _ = sort_polled([_report(codes.PARTITION_EOF, 3), _record(3), _report(codes.PARTITION_EOF, 4)])
    assert polled.ends == {TP: 4}


@pytest.mark.parametrize("topic", [TP.topic, None])
def test_what_is_none_of_these_is_handed_back_as_an_error(topic: str | None):
    polled, strange = sort_polled([_report(KafkaError.NETWORK_EXCEPTION, topic=topic)])
    assert (list(polled.messages), [error.code() for error in strange]) == (
        [],
        [KafkaError.NETWORK_EXCEPTION],
    )
