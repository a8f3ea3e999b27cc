"""What every stream platform of the lake must do: one suite, run on Kafka and on its twin in memory.

A test module subclasses `StreamsConformance` and gives it a fixture `lab`.
"""

import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import pytest
from tidelake.streams.consumer import Consumer, Polled
from tidelake.streams.errors import (
    ConsumerFailed,
    FewerPartitions,
    NoPosition,
    NotAssigned,
    QueueFull,
    UnknownTopic,
)
from tidelake.streams.headers import headers_of
from tidelake.streams.producer import Delivered, Delivery, Failed, OutRecord
from tidelake.streams.topics import TopicSpec
from tidelake.streams.values import Headers, Message, TopicPartition
from tidelake.testkit.streams_labs import StreamsLab


@dataclass
class Reader:
    """A consumer with a listener that keeps what it is told, and all that was polled."""

    lab: StreamsLab
    group: str
    topics: Collection[str]
    starts: Mapping[TopicPartition, int | None] = field(default_factory=dict[TopicPartition, int | None])
    on_assigned: Callable[[], None] = lambda: None
    told: list[tuple[str, frozenset[TopicPartition]]] = field(
        default_factory=list[tuple[str, frozenset[TopicPartition]]]
    )
    owned: set[TopicPartition] = field(default_factory=set[TopicPartition])
    polls: list[Polled] = field(default_factory=list[Polled])

    def __post_init__(self) -> None:
        self.consumer: Consumer = self.lab.consumer(self.group)
        self.consumer.subscribe(self.topics, self)

    def assigned(self, partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, int | None]:
        self.told.append(("assigned", frozenset(partitions)))
        self.on_assigned()
        self.owned |= set(partitions)
        return {partition: self.starts.get(partition, 0) for partition in partitions}

    def revoked(self, partitions: Collection[TopicPartition]) -> None:
        self.told.append(("revoked", frozenset(partitions)))
        self.owned -= set(partitions)

    def lost(self, partitions: Collection[TopicPartition]) -> None:
        self.told.append(("lost", frozenset(partitions)))
        self.owned -= set(partitions)

    def poll(self) -> Polled:
        polled = self.consumer.consume(1000, self.lab.poll)
        self.polls.append(polled)
        return polled

    @property
    def messages(self) -> list[Message]:
        return [message for polled in self.polls for message in polled.messages]

    @property
    def values(self) -> list[bytes | None]:
        return [message.value() for message in self.messages]

    @property
    def ends(self) -> dict[TopicPartition, int]:
        """The last end that was told of each."""
        return {tp: end for polled in self.polls for tp, end in polled.ends.items()}

    @property
    def out_of_range(self) -> list[TopicPartition]:
        return [partition for polled in self.polls for partition in polled.out_of_range]


class StreamsConformance:
    """Subclass it, name the subclass Test..., give it a fixture `lab: StreamsLab`."""

    # --- consumer: records ---

    def test_a_record_comes_as_it_was_written(self, lab: StreamsLab):
        tp = TopicPartition(lab.new_topic(), 0)
        headers = [(b"a", b"1"), (b"a", None), ("ä".encode(), b""), (b"", b"\xff\x00")]
        lab.append(tp, b"\x00\xff", b"k\xff", headers)
        lab.append(tp, None, None)
        lab.append(tp, b"", b"")
        reader = _read_to_end(lab, tp)
        got = [(m.topic(), m.partition(), m.offset(), m.key(), m.value()) for m in reader.messages]
        assert got == [
            (tp.topic, 0, 0, b"k\xff", b"\x00\xff"),
            (tp.topic, 0, 1, None, None),
            (tp.topic, 0, 2, b"", b""),
        ]
        assert [headers_of(m) for m in reader.messages] == [
            [("a", b"1"), ("a", None), ("ä", b""), ("", b"\xff\x00")],
            None,
            None,
        ]
        for message in reader.messages:
            kind, milliseconds = message.timestamp()
            assert kind == 1
            assert abs(milliseconds / 1000 - time.time()) < 60

    def test_a_header_name_that_is_no_text_costs_neither_the_record_nor_its_neighbours(self, lab: StreamsLab):
        tp = TopicPartition(lab.new_topic(), 0)
        lab.append(tp, b"before")
        lab.append(tp, b"poison", b"k", [(b"ok", b"1"), (b"\xff\xfe", b"\xff"), (b"after", None)])
        lab.append(tp, b"after")
        reader = _read_to_end(lab, tp)
        assert reader.values == [b"before", b"poison", b"after"]
        assert headers_of(reader.messages[1]) == [("ok", b"1"), ("\\xff\\xfe", b"\xff"), ("after", None)]

    def test_keys_and_header_names_of_a_megabyte_come_whole(self, lab: StreamsLab):
        tp = TopicPartition(lab.new_topic(), 0)
        lab.append(tp, b"v", b"k" * 500_000, [(b"n" * 400_000, b"h")])
        reader = _read_to_end(lab, tp)
        assert reader.messages[0].key() == b"k" * 500_000
        assert headers_of(reader.messages[0]) == [("n" * 400_000, b"h")]

    def test_no_more_records_come_than_were_asked_for_and_none_is_lost(self, lab: StreamsLab):
        tp = TopicPartition(lab.new_topic(), 0)
        _write(lab, tp, 10)
        reader = Reader(lab, lab.new_name(), [tp.topic])
        offsets: list[int] = []
        for _ in _attempts(lab):
            polled = reader.consumer.consume(3, lab.poll)
            assert len(polled.messages) <= 3
            offsets += [message.offset() for message in polled.messages]
            if len(offsets) >= 10:
                break
        assert offsets == list(range(10))

    # --- consumer: ends and ranges ---

    def test_the_end_is_told_and_told_again_after_more_came(self, lab: StreamsLab):
        tp = TopicPartition(lab.new_topic(), 0)
        reader = Reader(lab, lab.new_name(), [tp.topic])
        _until(lab, lambda: reader.ends.get(tp) == 0, reader)
        _write(lab, tp, 3)
        _until(lab, lambda: reader.ends.get(tp) == 3, reader)
        assert [message.offset() for message in reader.messages] == [0, 1, 2]

    def test_the_end_lies_behind_the_markers_of_transactions(self, lab: StreamsLab):
        tp = TopicPartition(lab.new_topic(), 0)
        committed = lab.transaction()
        committed.append(tp, b"kept")
        committed.commit()
        aborted = lab.transaction()
        aborted.append(tp, b"dropped")
        aborted.abort()
        reader = Reader(lab, lab.new_name(), [tp.topic])
        _until(lab, lambda: reader.ends.get(tp) == 4, reader)
        assert reader.values == [b"kept"]
        assert lab.topics.last_stable_offsets([tp]) == {tp: 4}

    def test_an_open_transaction_holds_back_what_is_behind_it(self, lab: StreamsLab):
        tp = TopicPartition(lab.new_topic(), 0)
        lab.append(tp, b"before")
        transaction = lab.transaction()
        transaction.append(tp, b"within")
        lab.append(tp, b"behind")
        reader = Reader(lab, lab.new_name(), [tp.topic])
        _until(lab, lambda: tp in reader.ends, reader)
        assert (reader.values, reader.ends) == ([b"before"], {tp: 1})
        assert lab.topics.last_stable_offsets([tp]) == {tp: 1}
        transaction.commit()
        _until(lab, lambda: reader.ends[tp] == 4, reader)
        assert reader.values == [b"before", b"within", b"behind"]

    def test_a_live_reader_is_told_the_end_behind_a_transaction_that_was_aborted(self, lab: StreamsLab):
        tp = TopicPartition(lab.new_topic(), 0)
        reader = Reader(lab, lab.new_name(), [tp.topic])
        _until(lab, lambda: reader.ends.get(tp) == 0, reader)
        transaction = lab.transaction()
        transaction.append(tp, b"dropped")
        transaction.abort()
        _until(lab, lambda: reader.ends[tp] == 2, reader)
        assert reader.values == []

    def test_a_start_above_the_end_is_told_once_and_never_jumps(self, lab: StreamsLab):
        tp = TopicPartition(lab.new_topic(), 0)
        _write(lab, tp, 3)
        reader = Reader(lab, lab.new_name(), [tp.topic], {tp: 99})
        _until(lab, lambda: bool(reader.out_of_range), reader)
        _polls(reader, 5)
        assert (reader.out_of_range, reader.values) == ([tp], [])
        reader.consumer.seek(tp, 2)
        _until(lab, lambda: reader.ends.get(tp) == 3, reader)
        assert [message.offset() for message in reader.messages] == [2]

    def test_a_start_below_the_log_is_told_and_its_neighbours_go_on(self, lab: StreamsLab):
        topic = lab.new_topic(2)
        cut, whole = TopicPartition(topic, 0), TopicPartition(topic, 1)
        _write(lab, cut, 5)
        _write(lab, whole, 2)
        lab.move_log_start(cut, 3)
        reader = Reader(lab, lab.new_name(), [topic])
        _until(lab, lambda: bool(reader.out_of_range) and reader.ends.get(whole) == 2, reader)
        assert {(m.partition(), m.offset()) for m in reader.messages} == {(1, 0), (1, 1)}
        assert lab.topics.log_starts([cut, whole]) == {cut: 3, whole: 0}
        reader.consumer.seek(cut, 3)
        _until(lab, lambda: reader.ends.get(cut) == 5, reader)

    # --- consumer: moving ---

    def test_a_partition_without_a_start_stands_until_it_is_moved_and_resumed(self, lab: StreamsLab):
        topic = lab.new_topic(2)
        parked, other = TopicPartition(topic, 0), TopicPartition(topic, 1)
        _write(lab, parked, 5)
        lab.move_log_start(parked, 2)
        _write(lab, other, 1)
        reader = Reader(lab, lab.new_name(), [topic], {parked: None})
        _until(lab, lambda: reader.ends.get(other) == 1, reader)
        _polls(reader, 5)
        assert {message.partition() for message in reader.messages} == {1}
        assert (reader.out_of_range, parked in reader.ends) == ([], False)
        with pytest.raises(NoPosition, match=str(parked)):
            reader.consumer.resume([parked])
        reader.consumer.seek(parked, 3)
        _polls(reader, 3)
        assert {message.partition() for message in reader.messages} == {1}
        reader.consumer.resume([parked])
        _until(lab, lambda: reader.ends.get(parked) == 5, reader)
        assert [m.offset() for m in reader.messages if m.partition() == 0] == [3, 4]

    def test_a_pause_loses_nothing_and_repeats_nothing(self, lab: StreamsLab):
        tp = TopicPartition(lab.new_topic(), 0)
        _write(lab, tp, 20)
        reader = Reader(lab, lab.new_name(), [tp.topic])
        for _ in _attempts(lab):
            polled = reader.consumer.consume(5, lab.poll)
            reader.polls.append(polled)
            if len(reader.messages) >= 5:
                break
        reader.consumer.pause([tp])
        _polls(reader, 5)
        assert len(reader.messages) == 5
        reader.consumer.resume([tp])
        _until(lab, lambda: reader.ends.get(tp) == 20, reader)
        assert [message.offset() for message in reader.messages] == list(range(20))

    def test_moving_back_repeats_and_moving_on_skips(self, lab: StreamsLab):
        tp = TopicPartition(lab.new_topic(), 0)
        _write(lab, tp, 4)
        reader = _read_to_end(lab, tp)
        reader.consumer.seek(tp, 1)
        _until(lab, lambda: len(reader.messages) >= 7, reader)
        reader.consumer.seek(tp, 3)
        _until(lab, lambda: len(reader.messages) >= 8, reader)
        assert [message.offset() for message in reader.messages] == [0, 1, 2, 3, 1, 2, 3, 3]

    def test_what_is_not_assigned_can_not_be_moved(self, lab: StreamsLab):
        tp = TopicPartition(lab.new_topic(), 0)
        reader = _read_to_end(lab, tp)
        stranger = TopicPartition(tp.topic, 7)
        for act in (
            lambda: reader.consumer.seek(stranger, 0),
            lambda: reader.consumer.pause([stranger]),
            lambda: reader.consumer.resume([stranger]),
        ):
            with pytest.raises(NotAssigned, match=str(stranger)):
                act()

    # --- consumer: the group ---

    def test_partitions_are_shared_and_each_is_given_up_before_it_is_taken(self, lab: StreamsLab):
        topic, group = lab.new_topic(4), lab.new_name()
        everything = {TopicPartition(topic, number) for number in range(4)}
        first = Reader(lab, group, [topic])
        _until(lab, lambda: first.owned == everything, first)
        second = Reader(lab, group, [topic])
        for _ in _attempts(lab):
            for reader in (first, second):
                reader.poll()
                assert not first.owned & second.owned
            if len(first.owned) == len(second.owned) == 2:
                break
        assert first.owned | second.owned == everything
        # What stayed was never taken away: that is what cooperative means.
        assert [kind for kind, _ in first.told] == ["assigned", "revoked"]

    def test_leaving_gives_all_up_and_the_others_go_on_with_it(self, lab: StreamsLab):
        topic, group = lab.new_topic(2), lab.new_name()
        first, second = Reader(lab, group, [topic]), Reader(lab, group, [topic])
        _until(lab, lambda: len(first.owned) == len(second.owned) == 1, first, second)
        gone = frozenset(first.owned)
        first.consumer.close()
        first.consumer.close()
        assert first.told[-1] == ("revoked", gone)
        with pytest.raises(ConsumerFailed):
            first.poll()
        _until(lab, lambda: len(second.owned) == 2, second)

    def test_a_member_that_was_given_up_loses_its_partitions_and_its_commits(self, lab: StreamsLab):
        topic, group = lab.new_topic(2), lab.new_name()
        zombie = Reader(lab, group, [topic])
        _until(lab, lambda: len(zombie.ends) == 2, zombie)
        held = frozenset(zombie.owned)
        lab.expire(zombie.consumer)
        other = Reader(lab, group, [topic])
        _until(lab, lambda: len(other.owned) == 2, other)
        zombie.consumer.commit({TopicPartition(topic, 0): 7})
        assert ("lost", held) not in zombie.told
        _until(lab, lambda: ("lost", held) in zombie.told, zombie, other)
        assert lab.committed(group).get(TopicPartition(topic, 0)) != 7
        # It is an ordinary member again and gets its share.
        _until(lab, lambda: len(zombie.owned) == len(other.owned) == 1, zombie, other)

    def test_what_is_committed_can_be_read_by_others(self, lab: StreamsLab):
        topic, group = lab.new_topic(2), lab.new_name()
        first, second = TopicPartition(topic, 0), TopicPartition(topic, 1)
        reader = Reader(lab, group, [topic])
        _until(lab, lambda: len(reader.ends) == 2, reader)
        reader.consumer.commit({first: 3, second: 1})
        reader.consumer.commit({first: 4})
        reader.consumer.commit({})
        reader.consumer.close()
        assert lab.committed(group) == {first: 4, second: 1}

    def test_another_list_of_topics_takes_and_gives_only_the_difference(self, lab: StreamsLab):
        kept, dropped, added = (TopicPartition(lab.new_topic(), 0) for _ in range(3))
        reader = Reader(lab, lab.new_name(), [kept.topic, dropped.topic])
        _until(lab, lambda: reader.owned == {kept, dropped}, reader)
        told = len(reader.told)
        reader.consumer.subscribe([kept.topic, added.topic], reader)
        _until(lab, lambda: reader.owned == {kept, added}, reader)
        assert {partition for _, partitions in reader.told[told:] for partition in partitions} == {
            dropped,
            added,
        }

    def test_a_topic_that_is_not_there_is_told_and_read_once_it_is(self, lab: StreamsLab):
        here, missing = lab.new_topic(), lab.new_name()
        reader = Reader(lab, lab.new_name(), [here, missing])
        _until(lab, lambda: any(missing in polled.unknown_topics for polled in reader.polls), reader)
        lab.topics.ensure(TopicSpec(missing, 1))
        _until(lab, lambda: TopicPartition(missing, 0) in reader.owned, reader)

    def test_a_partition_that_is_added_is_given_to_somebody(self, lab: StreamsLab):
        topic = lab.new_topic()
        reader = Reader(lab, lab.new_name(), [topic])
        _until(lab, lambda: len(reader.owned) == 1, reader)
        lab.topics.ensure(TopicSpec(topic, 3))
        _until(lab, lambda: len(reader.owned) == 3, reader)
        assert "revoked" not in [kind for kind, _ in reader.told]

    def test_what_a_listener_raises_comes_out_and_its_partitions_stand(self, lab: StreamsLab):
        tp = TopicPartition(lab.new_topic(), 0)
        _write(lab, tp, 2)

        def fail() -> None:
            raise ArithmeticError("no position")

        reader = Reader(lab, lab.new_name(), [tp.topic], on_assigned=fail)
        with pytest.raises(ArithmeticError, match="no position"):
            _until(lab, lambda: False, reader)
        _polls(reader, 5)
        assert (reader.values, reader.out_of_range) == ([], [])

    def test_a_topic_made_anew_has_another_id_and_a_live_reader_is_not_told(self, lab: StreamsLab):
        tp = TopicPartition(lab.new_topic(), 0)
        _write(lab, tp, 2)
        reader = _read_to_end(lab, tp)
        before = lab.topics.topic_id(tp.topic)
        lab.recreate(tp.topic)
        _write(lab, tp, 5)
        assert lab.topics.topic_id(tp.topic) != before
        reader.consumer.close()
        # A reader that starts where it left off reads the new topic's records as if they were the old one's.
        again = Reader(lab, lab.new_name(), [tp.topic], {tp: 2})
        _until(lab, lambda: again.ends.get(tp) == 5, again)
        assert [message.offset() for message in again.messages] == [2, 3, 4]

    # --- producer ---

    def test_each_record_of_a_batch_has_its_outcome_in_its_place(self, lab: StreamsLab):
        topic = lab.new_topic(3)
        batch = [OutRecord(topic, str(i).encode(), partition=i % 3) for i in range(10)]
        outcomes = _send(lab, batch)
        assert outcomes == [Delivered(i % 3, i // 3) for i in range(10)]

    def test_what_was_sent_is_what_is_read(self, lab: StreamsLab):
        tp = TopicPartition(lab.new_topic(), 0)
        headers: Headers = [("ce_id", b"1"), ("ce_id", None), ("é", b"\xff")]
        assert _send(lab, [OutRecord(tp.topic, b"v", b"k", headers), OutRecord(tp.topic, None)]) == [
            Delivered(0, 0),
            Delivered(0, 1),
        ]
        reader = _read_to_end(lab, tp)
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
        outcomes = _send(lab, [OutRecord(topic, b"v", key) for key in known])
        assert [outcome.partition for outcome in outcomes if isinstance(outcome, Delivered)] == [
            *known.values()
        ]

    def test_a_record_that_is_too_large_does_not_harm_its_neighbours(self, lab: StreamsLab):
        topic = lab.new_topic()
        batch = [OutRecord(topic, b"a"), OutRecord(topic, b"x" * 3_000_000), OutRecord(topic, b"b")]
        first, large, last = _send(lab, batch)
        assert (first, last) == (Delivered(0, 0), Delivered(0, 1))
        assert isinstance(large, Failed)
        assert not large.maybe_kept

    def test_a_batch_of_which_nothing_can_be_sent_is_answered_too(self, lab: StreamsLab):
        (outcome,) = _send(lab, [OutRecord(lab.new_topic(), b"x" * 3_000_000)])
        assert isinstance(outcome, Failed)
        assert _send(lab, []) == []

    def test_a_topic_that_is_not_there_keeps_nothing(self, lab: StreamsLab):
        (outcome,) = _send(lab, [OutRecord(lab.new_name(), b"v")])
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

    # --- topics ---

    def test_a_topic_is_made_once_and_grows(self, lab: StreamsLab):
        name = lab.new_name()
        spec = TopicSpec(name, 2, config={"retention.ms": "3600000"})
        assert lab.topics.ensure(spec)
        topic_id = lab.topics.topic_id(name)
        assert not lab.topics.ensure(spec)
        assert lab.topics.ensure(TopicSpec(name, 2, config={"retention.ms": "7200000"}))
        assert lab.topics.ensure(TopicSpec(name, 3, config={"retention.ms": "7200000"}))
        assert (lab.topics.partitions(name), lab.topics.topic_id(name)) == (3, topic_id)
        with pytest.raises(FewerPartitions) as refused:
            lab.topics.ensure(TopicSpec(name, 1))
        assert (refused.value.has, refused.value.wanted) == (3, 1)

    def test_ids_are_url_safe_and_tell_topics_apart(self, lab: StreamsLab):
        one, two, missing = lab.new_topic(), lab.new_topic(), lab.new_name()
        ids = lab.topics.topic_ids([one, two, missing])
        assert set(ids) == {one, two}
        assert len(set(ids.values())) == 2
        for topic, topic_id in ids.items():
            assert lab.topics.topic_id(topic) == topic_id
            assert len(topic_id) == 22
            assert topic_id.replace("-", "").replace("_", "").isalnum()

    def test_a_topic_is_gone_once_it_is_deleted(self, lab: StreamsLab):
        topic = lab.new_topic()
        lab.topics.delete(topic)
        lab.topics.delete(topic)
        for ask in (
            lambda: lab.topics.topic_id(topic),
            lambda: lab.topics.partitions(topic),
            lambda: lab.topics.log_starts([TopicPartition(topic, 0)]),
            lambda: lab.topics.last_stable_offsets([TopicPartition(topic, 0)]),
        ):
            with pytest.raises(UnknownTopic, match=topic):
                ask()


def _attempts(lab: StreamsLab) -> Sequence[int]:
    """As many polls as patience allows; of a platform that never waits, a hundred."""
    return range(round(lab.patience / lab.poll) if lab.poll else 100)


def _until(lab: StreamsLab, true: Callable[[], bool], *readers: Reader) -> None:
    for _ in _attempts(lab):
        for reader in readers:
            reader.poll()
        if true():
            return
    told = [(reader.told, reader.values[-3:], reader.ends, reader.out_of_range) for reader in readers]
    pytest.fail(f"it did not come true; the readers saw {told}")


def _polls(reader: Reader, count: int) -> None:
    for _ in range(count):
        reader.poll()


def _read_to_end(lab: StreamsLab, tp: TopicPartition) -> Reader:
    reader = Reader(lab, lab.new_name(), [tp.topic])
    _until(lab, lambda: tp in reader.ends, reader)
    return reader


def _write(lab: StreamsLab, tp: TopicPartition, count: int) -> None:
    _send(lab, [OutRecord(tp.topic, str(i).encode(), partition=tp.partition) for i in range(count)])


def _send(lab: StreamsLab, records: Sequence[OutRecord]) -> list[Delivery]:
    producer = lab.producer()
    answers: list[list[Delivery]] = []
    answered = threading.Event()

    def keep(outcomes: Sequence[Delivery]) -> None:
        answers.append(list(outcomes))
        answered.set()

    producer.send(records, keep)
    assert producer.flush(lab.patience) == 0
    assert answered.wait(lab.patience.total_seconds())
    producer.close()
    assert len(answers) == 1
    return answers[0]
