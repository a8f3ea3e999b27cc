"""What a producer must do with batches."""

import threading
from collections.abc import Sequence

import pytest
from tidelake.streams.errors import (
    QueueFull,
)
from tidelake.streams.headers import headers_of
from tidelake.streams.producer import Delivered, Delivery, Failed, OutRecord
from tidelake.streams.values import Headers, TopicPartition
from tidelake.testkit.streams_labs import StreamsLab
from tidelake.testkit.streams_reading import read_to_end, send


class ProducerConformance:
    """Needs a fixture `lab: StreamsLab`."""

    def test_each_record_of_a_batch_has_its_outcome_in_its_place(self, lab: StreamsLab):
        topic = lab.new_topic(3)
        batch = [OutRecord(topic, str(i).encode(), partition=i % 3) for i in range(10)]
        outcomes = send(lab, batch)
        assert outcomes == [Delivered(i % 3, i // 3) for i in range(10)]

    def test_what_was_sent_is_what_is_read(self, lab: StreamsLab):
        tp = TopicPartition(lab.new_topic(), 0)
        headers: Headers = [("ce_id", b"1"), ("ce_id", None), ("é", b"\xff")]
        assert send(lab, [OutRecord(tp.topic, b"v", b"k", headers), OutRecord(tp.topic, None)]) == [
            Delivered(0, 0),
            Delivered(0, 1),
        ]
        reader = read_to_end(lab, tp)
        assert [(m.key(), m.value(), headers_of(m)) for m in reader.messages] == [
            (b"k", b"v", headers),
            (None, None, None),
        ]

    def test_the_key_decides_the_partition_as_in_every_other_client(self, lab: StreamsLab):
        # murmur2 of Kafka's own UtilsTest, made positive, modulo 7.
        known = {
            b"21": 3,
            b"foobar": 0,
            b"a-little-bit-long-string": 1,
            b"a-little-bit-longer-string": 0,
            b"abc": 4,
        }
        topic = lab.new_topic(7)
        outcomes = send(lab, [OutRecord(topic, b"v", key) for key in known])
        assert [outcome.partition for outcome in outcomes if isinstance(outcome, Delivered)] == [
            *known.values()
        ]

    def test_a_record_that_is_too_large_does_not_harm_its_neighbours(self, lab: StreamsLab):
        topic = lab.new_topic()
        batch = [OutRecord(topic, b"a"), OutRecord(topic, b"x" * 3_000_000), OutRecord(topic, b"b")]
        first, large, last = send(lab, batch)
        assert (first, last) == (Delivered(0, 0), Delivered(0, 1))
        assert isinstance(large, Failed)
        assert not large.maybe_kept

    def test_a_batch_of_which_nothing_can_be_sent_is_answered_too(self, lab: StreamsLab):
        (outcome,) = send(lab, [OutRecord(lab.new_topic(), b"x" * 3_000_000)])
        assert isinstance(outcome, Failed)
        assert send(lab, []) == []

    def test_a_topic_that_is_not_there_keeps_nothing(self, lab: StreamsLab):
        (outcome,) = send(lab, [OutRecord(lab.new_name(), b"v")])
        assert isinstance(outcome, Failed)
        assert not outcome.maybe_kept

    def test_a_full_queue_takes_nothing_of_a_batch(self, lab: StreamsLab):
        topic = lab.new_topic()
        producer = lab.producer(max_waiting_records=5)
        outcomes: list[Delivery] = []
        with pytest.raises(QueueFull) as refused:
            producer.send([OutRecord(topic, b"v")] * 6, outcomes.extend)
        assert (refused.value.records, refused.value.waiting_records) == (6, 0)
        producer.send([OutRecord(topic, b"v")] * 5, outcomes.extend)
        assert producer.flush(lab.patience) == 0
        assert outcomes == [Delivered(0, offset) for offset in range(5)]
        assert lab.topics.last_stable_offsets([TopicPartition(topic, 0)]) == {TopicPartition(topic, 0): 5}

    def test_many_batches_from_many_threads_are_each_answered_once(self, lab: StreamsLab):
        topic = lab.new_topic(3)
        producer = lab.producer()
        answers: list[int] = []

        def send_many() -> None:
            for _ in range(20):
                producer.send([OutRecord(topic, b"v")] * 5, lambda outcomes: answers.append(len(outcomes)))

        threads = [threading.Thread(target=send_many) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert producer.flush(lab.patience) == 0
        assert answers == [5] * 80
        partitions = [TopicPartition(topic, number) for number in range(3)]
        assert sum(lab.topics.last_stable_offsets(partitions).values()) == 400

    def test_a_callback_that_fails_harms_no_other_batch(self, lab: StreamsLab):
        topic = lab.new_topic()
        producer = lab.producer()
        outcomes: list[Delivery] = []

        def fail(_outcomes: Sequence[Delivery]) -> None:
            raise ArithmeticError("a faulty callback")

        producer.send([OutRecord(topic, b"v")], fail)
        producer.send([OutRecord(topic, b"v")], outcomes.extend)
        assert producer.flush(lab.patience) == 0
        assert len(outcomes) == 1
