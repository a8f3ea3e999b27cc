from collections.abc import Sequence
from datetime import timedelta

import pytest
from tidelake.streams.errors import ProducerFailed
from tidelake.streams.memory import MemoryBroker, MemoryProducer
from tidelake.streams.producer import Delivered, Delivery, Failed, OutRecord
from tidelake.streams.values import TopicPartition

TP = TopicPartition("t", 0)


@pytest.fixture
def broker() -> MemoryBroker:
    broker = MemoryBroker()
    broker.create_topic("t", 1)
    return broker


def test_what_is_held_is_answered_at_release_in_order(broker: MemoryBroker):
    producer, answers = MemoryProducer(broker), list[Sequence[Delivery]]()
    producer.hold()
    for value in (b"a", b"b"):
        producer.send([OutRecord("t", value)], answers.append)
    assert (answers, producer.flush(timedelta(0))) == ([], 2)
    producer.release()
    assert answers == [[Delivered(0, 0)], [Delivered(0, 1)]]


def test_while_the_broker_is_away_everything_waits(broker: MemoryBroker):
    producer, answers = MemoryProducer(broker), list[Sequence[Delivery]]()
    broker.available = False
    producer.send([OutRecord("t", b"a")], answers.append)
    assert producer.flush(timedelta(0)) == 1
    broker.available = True
    assert producer.flush(timedelta(0)) == 0
    assert answers == [[Delivered(0, 0)]]


@pytest.mark.parametrize("kept", [True, False])
def test_an_answer_that_is_lost_may_hide_a_record_that_is_kept(broker: MemoryBroker, kept: bool):
    producer, answers = MemoryProducer(broker), list[Sequence[Delivery]]()
    lost = Failed("no answer", maybe_kept=True)
    producer.fail_next(lost, kept)
    producer.send([OutRecord("t", b"a"), OutRecord("t", b"b")], answers.append)
    assert answers == [[lost, Delivered(0, 1 if kept else 0)]]
    assert broker.log(TP).end == (2 if kept else 1)


def test_closing_fails_what_waits_and_takes_nothing_more(broker: MemoryBroker):
    producer, answers = MemoryProducer(broker), list[Sequence[Delivery]]()
    producer.hold()
    producer.send([OutRecord("t", b"a")], answers.append)
    producer.close()
    producer.close()
    assert answers == [[Failed("the producer was closed", maybe_kept=True)]]
    with pytest.raises(ProducerFailed):
        producer.send([OutRecord("t", b"b")], answers.append)
