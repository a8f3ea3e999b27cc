from datetime import timedelta

from tidelake.streams.consumer import Polled
from tidelake.streams.memory import MemoryBroker, MemoryConsumer
from tidelake.streams.values import TopicPartition
from tidelake.testkit.streams_labs import MemoryStreamsLab
from tidelake.testkit.streams_reading import Reader

TP = TopicPartition("t", 0)


def _reader(lab: MemoryStreamsLab, group: str = "g") -> Reader:
    return Reader(lab, group, ["t"])


def _lab(partitions: int = 1) -> MemoryStreamsLab:
    lab = MemoryStreamsLab()
    lab.broker.create_topic("t", partitions)
    return lab


def _consumer(reader: Reader) -> MemoryConsumer:
    assert isinstance(reader.consumer, MemoryConsumer)
    return reader.consumer


def test_a_zombie_that_has_not_noticed_still_gets_records_and_its_commits_fail():
    lab = _lab()
    zombie, other = _reader(lab), _reader(lab)
    zombie.poll()
    lab.append(TP, b"a")
    _consumer(zombie).expire(unnoticed_polls=1)
    other.poll()
    assert [message.offset() for message in zombie.poll().messages] == [0]
    zombie.consumer.commit({TP: 1})
    assert lab.committed("g") == {}
    assert zombie.owned == other.owned == {TP}
    zombie.poll()
    assert zombie.told[-2:] == [("lost", frozenset({TP})), ("assigned", frozenset())]
    assert zombie.owned == set()


def test_a_topic_made_anew_goes_on_in_silence_where_the_old_one_was():
    lab = _lab()
    reader = _reader(lab)
    for value in (b"old-0", b"old-1"):
        lab.append(TP, value)
    reader.poll()
    lab.recreate("t")
    for value in (b"new-0", b"new-1", b"new-2"):
        lab.append(TP, value)
    reader.poll()
    assert reader.values == [b"old-0", b"old-1", b"new-2"]
    assert [kind for kind, _ in reader.told] == ["assigned"]


def test_a_topic_made_anew_that_is_shorter_is_out_of_range():
    lab = _lab()
    reader = _reader(lab)
    lab.append(TP, b"old")
    reader.poll()
    lab.recreate("t")
    assert reader.poll().out_of_range == {TP}
    assert reader.poll() == Polled([])


def test_a_deleted_topic_is_taken_away_and_told():
    lab = _lab()
    reader = _reader(lab)
    reader.poll()
    lab.topics.delete("t")
    assert reader.poll().unknown_topics == {"t"}
    assert reader.told[-2:] == [("revoked", frozenset({TP})), ("assigned", frozenset())]


def test_while_the_broker_is_away_nothing_comes_and_nothing_is_lost():
    lab = _lab()
    reader = _reader(lab)
    lab.append(TP, b"a")
    lab.broker.available = False
    assert reader.poll() == Polled()
    reader.consumer.commit({TP: 1})
    lab.broker.available = True
    reader.poll()
    assert (reader.values, lab.committed("g")) == ([b"a"], {})


def test_no_partition_starves_behind_a_busy_one():
    lab = _lab(2)
    reader = _reader(lab)
    for _ in range(10):
        lab.append(TP, b"busy")
    lab.append(TopicPartition("t", 1), b"rare")
    polls = [reader.consumer.consume(2, timedelta(0)) for _ in range(2)]
    assert b"rare" in [message.value() for polled in polls for message in polled.messages]


def test_two_groups_do_not_know_of_each_other():
    lab = _lab()
    one, two = _reader(lab, "one"), _reader(lab, "two")
    lab.append(TP, b"a")
    one.poll()
    two.poll()
    assert one.values == two.values == [b"a"]


def test_a_consumer_that_never_subscribed_gets_nothing():
    assert MemoryConsumer(MemoryBroker(), "g").consume(1, timedelta(0)) == Polled([])
