"""Whatever bytes somebody puts into Kafka stand in bronze as they are."""

import pytest
from confluent_kafka import Producer
from tidelake.streams.values import TopicPartition
from tidelake.testkit.raw_records import append_raw
from tidelake.testkit.road.dataset import Dataset
from tidelake.testkit.road.records import Content
from tidelake.testkit.road.road import Road

pytestmark = [pytest.mark.system, pytest.mark.timeout(480)]

_MB = 1_000_000
_EVERY_BYTE = bytes(range(256))

Headers = list[tuple[str, str | bytes | None]]

RECORDS: dict[str, tuple[bytes | None, bytes | None, Headers]] = {
    "null key": (None, b"v", []),
    "empty key": (b"", b"v", []),
    "binary key": (_EVERY_BYTE, b"v", []),
    "1 MB key": (_EVERY_BYTE * (_MB // 256), b"v", []),
    "null value": (b"k", None, []),
    "empty value": (b"k", b"", []),
    "all null": (None, None, []),
    "1 MB value": (b"k", _EVERY_BYTE * (_MB // 256), []),
    "no JSON": (b"k", b"{\xff\xfe", []),
    "1 MB header": (b"k", b"v", [("large", _EVERY_BYTE * (_MB // 256))]),
    "10,000 headers": (b"k", b"v", [(f"h{number}", b"x") for number in range(10_000)]),
    "repeated headers": (b"k", b"v", [("a", b"1"), ("b", b"2"), ("a", b"3"), ("a", b"1")]),
    "null and empty header values": (b"k", b"v", [("null", None), ("empty", b"")]),
    "empty header name": (b"k", b"v", [("", b"x")]),
    "our own headers, wrong": (
        b"k",
        b"v",
        [
            ("ce_receivedtime", b"\xff"),
            ("ce_receivedtime", None),
            ("traceparent", b"no trace"),
            ("ce_id", None),
        ],
    ),
}


def test_every_byte_of_every_record_is_in_bronze(road: Road) -> None:
    dataset = road.publish(partitions=2)
    writer = road.writer().start()
    producer = Producer({"bootstrap.servers": road.bootstrap, "message.max.bytes": 2_000_000, "log_level": 2})
    for nth, (key, value, headers) in enumerate(RECORDS.values()):
        producer.produce(dataset.topic, value, key=key, headers=headers, partition=nth % 2)
        producer.flush(10)
    found = road.check(dataset)
    assert found.rows == len(RECORDS)
    sent = {(key, value, tuple(headers)) for key, value, headers in RECORDS.values()}
    kept = {(content.key, content.value, content.headers) for content in _contents(road, dataset)}
    assert kept == sent

    # A name that is not UTF-8 breaks Kafka's own rule, and every client. It must not stop a partition.
    at = TopicPartition(dataset.topic, 0)
    append_raw(
        road.bootstrap, at, b"value", b"key", [(b"ok", b"1"), (b"\xff\xfe", b"2"), (b"after", b"\xff")]
    )
    road.wait_caught_up(dataset)
    (odd,) = [content for content in _contents(road, dataset) if content.key == b"key"]
    assert odd.value == b"value"
    assert odd.headers == (("ok", b"1"), (r"\xff\xfe", b"2"), ("after", b"\xff"))
    assert writer.ready


def _contents(road: Road, dataset: Dataset) -> list[Content]:
    return [content for _, content in road.bronze(dataset).rows()]
