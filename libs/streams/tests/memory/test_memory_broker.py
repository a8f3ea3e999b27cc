from datetime import UTC, datetime

import pytest
from tidelake.streams.errors import BrokerUnavailable, UnknownTopic
from tidelake.streams.memory import MemoryBroker, MemoryTopics
from tidelake.streams.values import TopicPartition
from tidelake.testkit.clock import FakeClock

TP = TopicPartition("t", 0)


def test_two_brokers_with_the_same_past_are_the_same():
    ids: list[list[str]] = []
    for _ in range(2):
        broker = MemoryBroker()
        ids.append([broker.create_topic("t", 1), broker.create_topic("u", 1), broker.recreate_topic("t")])
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 3


def test_records_are_stamped_by_the_clock_that_the_test_owns():
    broker = MemoryBroker(FakeClock(datetime(2013, 1, 1, 0, 0, 1, tzinfo=UTC)))
    broker.create_topic("t", 1)
    broker.append(TP, b"v")
    record = broker.log(TP).visible(0)
    assert record is not None
    assert record.timestamp_ms == 1_356_998_401_000


def test_a_transaction_marks_every_partition_that_it_touched_once():
    broker = MemoryBroker()
    broker.create_topic("t", 2)
    transaction = broker.begin_transaction()
    assert [transaction.append(TP, b"a"), transaction.append(TP, b"b")] == [0, 1]
    transaction.commit()
    assert (broker.log(TP).end, broker.log(TopicPartition("t", 1)).end) == (3, 0)


def test_while_it_is_away_no_admin_call_is_answered():
    broker = MemoryBroker()
    topics = MemoryTopics(broker)
    broker.available = False
    with pytest.raises(BrokerUnavailable):
        topics.topic_ids(["t"])


@pytest.mark.parametrize(
    "partition", [TopicPartition("t", 1), TopicPartition("t", -1), TopicPartition("u", 0)]
)
def test_what_is_not_there_is_unknown(partition: TopicPartition):
    broker = MemoryBroker()
    broker.create_topic("t", 1)
    with pytest.raises(UnknownTopic):
        broker.append(partition, b"v")
