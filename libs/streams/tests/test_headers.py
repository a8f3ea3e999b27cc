from contextlib import closing

import pytest
from tidelake.streams.headers import NAME_LOST, headers_of
from tidelake.streams.values import TopicPartition
from tidelake.testkit.kafka_lab import KafkaStreamsLab
from tidelake.testkit.streams_labs import MemoryStreamsLab
from tidelake.testkit.streams_reading import Reader


def test_a_record_without_headers_has_none():
    lab = MemoryStreamsLab()
    tp = TopicPartition(lab.new_topic(), 0)
    lab.append(tp, b"v")
    reader = Reader(lab, "g", [tp.topic])
    assert headers_of(reader.poll().messages[0]) is None


def test_the_twins_headers_are_read_the_same_way():
    lab = MemoryStreamsLab()
    lab.broker.create_topic("t", 1)
    lab.append(TopicPartition("t", 0), b"v", None, [(b"\xff", b"1"), (b"ok", None)])
    reader = Reader(lab, "g", ["t"])
    assert headers_of(reader.poll().messages[0]) == [("\\xff", b"1"), ("ok", None)]


@pytest.mark.conformance
def test_of_several_names_that_are_no_text_the_first_is_told_and_all_values_are(kafka_bootstrap: str):
    with closing(KafkaStreamsLab(kafka_bootstrap)) as lab:
        tp = TopicPartition(lab.new_topic(), 0)
        lab.append(tp, b"v", None, [(b"\xfe", b"1"), (b"a", b"2"), (b"\xff", None), (b"b", b"")])
        reader = Reader(lab, lab.new_name(), [tp.topic])
        while not reader.messages:
            reader.poll()
        (message,) = reader.messages
        for _ in range(2):
            assert headers_of(message) == [("\\xfe", b"1"), ("a", b"2"), (NAME_LOST, None), ("b", b"")]


@pytest.mark.conformance
def test_a_name_that_is_no_text_is_found_after_many_that_are(kafka_bootstrap: str):
    with closing(KafkaStreamsLab(kafka_bootstrap)) as lab:
        tp = TopicPartition(lab.new_topic(), 0)
        usual = 40
        for _ in range(usual):
            lab.append(tp, b"v", None, [(b"ok", b"1")])
        lab.append(tp, b"v", None, [(b"\xff", b"1"), (b"\xfe", b"2")])
        reader = Reader(lab, lab.new_name(), [tp.topic])
        while len(reader.messages) <= usual:
            reader.poll()
        for message in reader.messages[:usual]:
            assert headers_of(message) == [("ok", b"1")]
        assert headers_of(reader.messages[usual]) == [("\\xff", b"1"), (NAME_LOST, b"2")]
