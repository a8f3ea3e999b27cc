"""Transactions leave markers and aborted records in the log: bronze stands at the last stable offset."""

import pytest
from confluent_kafka import Producer
from tidelake.testkit.road.dataset import Dataset
from tidelake.testkit.road.road import Road
from tidelake.testkit.road.waiting import until

pytestmark = [pytest.mark.system, pytest.mark.timeout(480)]


def _send(producer: Producer, topic: str, partition: int, values: range) -> None:
    for number in values:
        producer.produce(topic, str(number).encode(), key=b"k", partition=partition)


def test_bronze_reaches_the_last_stable_offset_behind_markers(road: Road) -> None:
    dataset = road.publish(partitions=2)
    road.writer().start()
    producer = Producer(
        {"bootstrap.servers": road.bootstrap, "transactional.id": dataset.name, "log_level": 2}
    )
    producer.init_transactions()

    # A partition that ends with the marker of a committed transaction.
    producer.begin_transaction()
    _send(producer, dataset.topic, 0, range(10))
    producer.commit_transaction()
    _wait_stable(road, dataset, {0: 11, 1: 0})
    road.wait_caught_up(dataset)
    assert road.bronze(dataset).next_offsets(road.kafka.topic_id(dataset.topic), [0]) == {0: 11}

    # One that holds nothing but an aborted transaction, and one that ends with such.
    producer.begin_transaction()
    _send(producer, dataset.topic, 0, range(10, 15))
    _send(producer, dataset.topic, 1, range(5))
    producer.flush(10)
    producer.abort_transaction()
    _wait_stable(road, dataset, {0: 17, 1: 6})
    road.wait_caught_up(dataset)

    # Records behind an open transaction are not stable, and come when it is committed.
    producer.begin_transaction()
    _send(producer, dataset.topic, 1, range(5, 10))
    producer.flush(10)
    plain = road.kafka_traffic(dataset, seed=0)
    plain.send(20)
    _wait_stable(road, dataset, {0: 27, 1: 6})  # before the open transaction
    road.wait_caught_up(dataset)
    assert road.findings(dataset).rows == 10 + 10
    producer.commit_transaction()
    _wait_stable(road, dataset, {0: 27, 1: 22})
    found = road.check(dataset, plain.acknowledged)
    assert found.rows == 10 + 5 + 20


def _wait_stable(road: Road, dataset: Dataset, ends: dict[int, int]) -> None:
    """Kafka writes the markers a little after a transaction has ended."""
    until(lambda: road.kafka.ends(dataset.topic) == ends, 20.0, lambda: str(road.kafka.ends(dataset.topic)))
