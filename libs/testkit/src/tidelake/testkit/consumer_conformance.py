"""What a consumer must do with records, ends and positions."""

import time
from datetime import timedelta

import pytest
from tidelake.streams.errors import (
    NoPosition,
    NotAssigned,
)
from tidelake.streams.headers import headers_of
from tidelake.streams.values import TopicPartition
from tidelake.testkit.streams_labs import StreamsLab
from tidelake.testkit.streams_reading import Reader, attempts, polls, read_to_end, until, write


class ConsumerConformance:
    """Needs a fixture `lab: StreamsLab`."""

    def test_a_record_comes_as_it_was_written(self, lab: StreamsLab):
        tp = TopicPartition(lab.new_topic(), 0)
        headers = [(b"a", b"1"), (b"a", None), ("ä".encode(), b""), (b"", b"\xff\x00")]
        lab.append(tp, b"\x00\xff", b"k\xff", headers)
        lab.append(tp, None, None)
        lab.append(tp, b"", b"")
        reader = read_to_end(lab, tp)
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
        reader = read_to_end(lab, tp)
        assert reader.values == [b"before", b"poison", b"after"]
        assert headers_of(reader.messages[1]) == [("ok", b"1"), ("\\xff\\xfe", b"\xff"), ("after", None)]

    def test_keys_and_header_names_of_a_megabyte_come_whole(self, lab: StreamsLab):
        tp = TopicPartition(lab.new_topic(), 0)
        lab.append(tp, b"v", b"k" * 500_000, [(b"n" * 400_000, b"h")])
        reader = read_to_end(lab, tp)
        assert reader.messages[0].key() == b"k" * 500_000
        assert headers_of(reader.messages[0]) == [("n" * 400_000, b"h")]

    def test_no_more_records_come_than_were_asked_for_and_none_is_lost(self, lab: StreamsLab):
        tp = TopicPartition(lab.new_topic(), 0)
        write(lab, tp, 10)
        reader = Reader(lab, lab.new_name(), [tp.topic])
        offsets: list[int] = []
        for _ in attempts(lab):
            polled = reader.consumer.consume(3, lab.poll)
            assert len(polled.messages) <= 3
            offsets += [message.offset() for message in polled.messages]
            if len(offsets) >= 10:
                break
        assert offsets == list(range(10))

    def test_the_end_is_told_and_told_again_after_more_came(self, lab: StreamsLab):
        tp = TopicPartition(lab.new_topic(), 0)
        reader = Reader(lab, lab.new_name(), [tp.topic])
        until(lab, lambda: reader.ends.get(tp) == 0, reader)
        write(lab, tp, 3)
        until(lab, lambda: reader.ends.get(tp) == 3, reader)
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
        until(lab, lambda: reader.ends.get(tp) == 4, reader)
        assert reader.values == [b"kept"]
        assert lab.topics.last_stable_offsets([tp]) == {tp: 4}

    def test_an_open_transaction_holds_back_what_is_behind_it(self, lab: StreamsLab):
        tp = TopicPartition(lab.new_topic(), 0)
        lab.append(tp, b"before")
        transaction = lab.transaction()
        transaction.append(tp, b"within")
        lab.append(tp, b"behind")
        reader = Reader(lab, lab.new_name(), [tp.topic])
        until(lab, lambda: tp in reader.ends, reader)
        assert (reader.values, reader.ends) == ([b"before"], {tp: 1})
        assert lab.topics.last_stable_offsets([tp]) == {tp: 1}
        transaction.commit()
        until(lab, lambda: reader.ends[tp] == 4, reader)
        assert reader.values == [b"before", b"within", b"behind"]

    def test_a_live_reader_is_told_the_end_behind_a_transaction_that_was_aborted(self, lab: StreamsLab):
        tp = TopicPartition(lab.new_topic(), 0)
        reader = Reader(lab, lab.new_name(), [tp.topic])
        until(lab, lambda: reader.ends.get(tp) == 0, reader)
        transaction = lab.transaction()
        transaction.append(tp, b"dropped")
        transaction.abort()
        until(lab, lambda: reader.ends[tp] == 2, reader)
        assert reader.values == []

    def test_a_start_above_the_end_is_told_once_and_never_jumps(self, lab: StreamsLab):
        tp = TopicPartition(lab.new_topic(), 0)
        write(lab, tp, 3)
        reader = Reader(lab, lab.new_name(), [tp.topic], {tp: 99})
        until(lab, lambda: bool(reader.out_of_range), reader)
        polls(reader, 5)
        assert (reader.out_of_range, reader.values) == ([tp], [])
        reader.consumer.seek(tp, 2)
        until(lab, lambda: reader.ends.get(tp) == 3, reader)
        assert [message.offset() for message in reader.messages] == [2]

    def test_a_start_below_the_log_is_told_and_its_neighbours_go_on(self, lab: StreamsLab):
        topic = lab.new_topic(2)
        cut, whole = TopicPartition(topic, 0), TopicPartition(topic, 1)
        write(lab, cut, 5)
        write(lab, whole, 2)
        lab.move_log_start(cut, 3)
        reader = Reader(lab, lab.new_name(), [topic])
        until(lab, lambda: bool(reader.out_of_range) and reader.ends.get(whole) == 2, reader)
        assert {(m.partition(), m.offset()) for m in reader.messages} == {(1, 0), (1, 1)}
        assert lab.topics.log_starts([cut, whole]) == {cut: 3, whole: 0}
        reader.consumer.seek(cut, 3)
        until(lab, lambda: reader.ends.get(cut) == 5, reader)

    def test_a_partition_without_a_start_stands_until_it_is_moved_and_resumed(self, lab: StreamsLab):
        topic = lab.new_topic(2)
        parked, other = TopicPartition(topic, 0), TopicPartition(topic, 1)
        write(lab, parked, 5)
        lab.move_log_start(parked, 2)
        write(lab, other, 1)
        reader = Reader(lab, lab.new_name(), [topic], {parked: None})
        until(lab, lambda: reader.ends.get(other) == 1, reader)
        polls(reader, 5)
        assert {message.partition() for message in reader.messages} == {1}
        assert (reader.out_of_range, parked in reader.ends) == ([], False)
        with pytest.raises(NoPosition, match=str(parked)):
            reader.consumer.resume([parked])
        reader.consumer.seek(parked, 3)
        polls(reader, 3)
        assert {message.partition() for message in reader.messages} == {1}
        reader.consumer.resume([parked])
        until(lab, lambda: reader.ends.get(parked) == 5, reader)
        assert [m.offset() for m in reader.messages if m.partition() == 0] == [3, 4]

    def test_a_partition_that_is_moved_as_soon_as_it_came_gives_every_record(self, lab: StreamsLab):
        topic = lab.new_topic(8)
        partitions = [TopicPartition(topic, number) for number in range(8)]
        for partition in partitions:
            write(lab, partition, 20)
        for _ in range(2):
            reader = Reader(lab, lab.new_name(), [topic], dict.fromkeys(partitions))
            while len(reader.owned) < len(partitions):
                reader.polls.append(reader.consumer.consume(1, timedelta(milliseconds=1)))
            for partition in partitions:
                reader.consumer.seek(partition, 3)
                reader.consumer.resume([partition])
            until(lab, lambda at=reader: len(at.ends) == len(partitions), reader)
            assert sorted((m.partition(), m.offset()) for m in reader.messages) == [
                (partition.partition, offset) for partition in partitions for offset in range(3, 20)
            ]
            reader.consumer.close()

    def test_a_pause_loses_nothing_and_repeats_nothing(self, lab: StreamsLab):
        tp = TopicPartition(lab.new_topic(), 0)
        write(lab, tp, 20)
        reader = Reader(lab, lab.new_name(), [tp.topic])
        for _ in attempts(lab):
            polled = reader.consumer.consume(5, lab.poll)
            reader.polls.append(polled)
            if len(reader.messages) >= 5:
                break
        reader.consumer.pause([tp])
        polls(reader, 5)
        assert len(reader.messages) == 5
        reader.consumer.resume([tp])
        until(lab, lambda: reader.ends.get(tp) == 20, reader)
        assert [message.offset() for message in reader.messages] == list(range(20))

    def test_moving_back_repeats_and_moving_on_skips(self, lab: StreamsLab):
        tp = TopicPartition(lab.new_topic(), 0)
        write(lab, tp, 4)
        reader = read_to_end(lab, tp)
        reader.consumer.seek(tp, 1)
        until(lab, lambda: len(reader.messages) >= 7, reader)
        reader.consumer.seek(tp, 3)
        until(lab, lambda: len(reader.messages) >= 8, reader)
        assert [message.offset() for message in reader.messages] == [0, 1, 2, 3, 1, 2, 3, 3]

    def test_what_is_not_assigned_can_not_be_moved(self, lab: StreamsLab):
        tp = TopicPartition(lab.new_topic(), 0)
        reader = read_to_end(lab, tp)
        stranger = TopicPartition(tp.topic, 7)
        for act in (
            lambda: reader.consumer.seek(stranger, 0),
            lambda: reader.consumer.pause([stranger]),
            lambda: reader.consumer.resume([stranger]),
        ):
            with pytest.raises(NotAssigned, match=str(stranger)):
                act()
