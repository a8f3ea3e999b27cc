"""What a consumer group must do when members, topics and partitions come and go."""

import pytest
from tidelake.streams.errors import ConsumerFailed
from tidelake.streams.topics import TopicSpec
from tidelake.streams.values import TopicPartition
from tidelake.testkit.streams_labs import StreamsLab
from tidelake.testkit.streams_reading import Reader, attempts, polls, read_to_end, until, write


class GroupConformance:
    """Needs a fixture `lab: StreamsLab`."""

    def test_partitions_are_shared_and_each_is_given_up_before_it_is_taken(self, lab: StreamsLab):
        topic, group = lab.new_topic(4), lab.new_name()
        everything = {TopicPartition(topic, number) for number in range(4)}
        first = Reader(lab, group, [topic])
        until(lab, lambda: first.owned == everything, first)
        second = Reader(lab, group, [topic])
        for _ in attempts(lab):
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
        until(lab, lambda: len(first.owned) == len(second.owned) == 1, first, second)
        gone = frozenset(first.owned)
        first.consumer.close()
        first.consumer.close()
        assert first.told[-1] == ("revoked", gone)
        with pytest.raises(ConsumerFailed):
            first.poll()
        until(lab, lambda: len(second.owned) == 2, second)

    def test_a_member_that_was_given_up_loses_its_partitions_and_its_commits(self, lab: StreamsLab):
        topic, group = lab.new_topic(2), lab.new_name()
        zombie = Reader(lab, group, [topic])
        until(lab, lambda: len(zombie.ends) == 2, zombie)
        held = frozenset(zombie.owned)
        lab.expire(zombie.consumer)
        other = Reader(lab, group, [topic])
        until(lab, lambda: len(other.owned) == 2, other)
        zombie.consumer.commit({TopicPartition(topic, 0): 7})
        assert ("lost", held) not in zombie.told
        until(lab, lambda: ("lost", held) in zombie.told, zombie, other)
        assert lab.committed(group).get(TopicPartition(topic, 0)) != 7
        # It is an ordinary member again and gets its share.
        until(lab, lambda: len(zombie.owned) == len(other.owned) == 1, zombie, other)

    def test_a_member_that_lost_all_is_told_when_nothing_is_left_for_it(self, lab: StreamsLab):
        topic, group = lab.new_topic(), lab.new_name()
        zombie = Reader(lab, group, [topic])
        until(lab, lambda: len(zombie.owned) == 1, zombie)
        held = frozenset(zombie.owned)
        lab.expire(zombie.consumer)
        other = Reader(lab, group, [topic])
        until(lab, lambda: bool(other.owned), other)
        until(lab, lambda: len(zombie.told) == 3, zombie, other)
        assert zombie.told == [("assigned", held), ("lost", held), ("assigned", frozenset())]
        assert other.told == [("assigned", held)]

    def test_a_member_for_which_nothing_is_left_is_told_so(self, lab: StreamsLab):
        topic, group = lab.new_topic(), lab.new_name()
        first = Reader(lab, group, [topic])
        until(lab, lambda: len(first.owned) == 1, first)
        second = Reader(lab, group, [topic])
        until(lab, lambda: bool(second.told), first, second)
        assert second.told == [("assigned", frozenset())]
        assert [kind for kind, _ in first.told] == ["assigned"]

    def test_what_is_committed_can_be_read_by_others(self, lab: StreamsLab):
        topic, group = lab.new_topic(2), lab.new_name()
        first, second = TopicPartition(topic, 0), TopicPartition(topic, 1)
        reader = Reader(lab, group, [topic])
        until(lab, lambda: len(reader.ends) == 2, reader)
        reader.consumer.commit({first: 3, second: 1})
        reader.consumer.commit({first: 4})
        reader.consumer.commit({})
        reader.consumer.close()
        assert lab.committed(group) == {first: 4, second: 1}

    def test_another_list_of_topics_takes_and_gives_only_the_difference(self, lab: StreamsLab):
        kept, dropped, added = (TopicPartition(lab.new_topic(), 0) for _ in range(3))
        reader = Reader(lab, lab.new_name(), [kept.topic, dropped.topic])
        until(lab, lambda: reader.owned == {kept, dropped}, reader)
        told = len(reader.told)
        reader.consumer.subscribe([kept.topic, added.topic], reader)
        until(lab, lambda: reader.owned == {kept, added}, reader)
        assert {partition for _, partitions in reader.told[told:] for partition in partitions} == {
            dropped,
            added,
        }

    def test_a_topic_that_is_not_there_is_told_and_read_once_it_is(self, lab: StreamsLab):
        here, missing = lab.new_topic(), lab.new_name()
        reader = Reader(lab, lab.new_name(), [here, missing])
        until(lab, lambda: any(missing in polled.unknown_topics for polled in reader.polls), reader)
        lab.topics.ensure(TopicSpec(missing, 1))
        until(lab, lambda: TopicPartition(missing, 0) in reader.owned, reader)

    def test_a_partition_that_is_added_is_given_to_somebody(self, lab: StreamsLab):
        topic = lab.new_topic()
        reader = Reader(lab, lab.new_name(), [topic])
        until(lab, lambda: len(reader.owned) == 1, reader)
        lab.topics.ensure(TopicSpec(topic, 3))
        until(lab, lambda: len(reader.owned) == 3, reader)
        assert "revoked" not in [kind for kind, _ in reader.told]

    def test_what_a_listener_raises_comes_out_and_its_partitions_stand(self, lab: StreamsLab):
        tp = TopicPartition(lab.new_topic(), 0)
        write(lab, tp, 2)

        def fail() -> None:
            raise ArithmeticError("no position")

        reader = Reader(lab, lab.new_name(), [tp.topic], on_assigned=fail)
        with pytest.raises(ArithmeticError, match="no position"):
            until(lab, lambda: False, reader)
        polls(reader, 5)
        assert (reader.values, reader.out_of_range) == ([], [])

    def test_a_topic_made_anew_has_another_id_and_a_live_reader_is_not_told(self, lab: StreamsLab):
        tp = TopicPartition(lab.new_topic(), 0)
        write(lab, tp, 2)
        reader = read_to_end(lab, tp)
        before = lab.topics.topic_id(tp.topic)
        lab.recreate(tp.topic)
        write(lab, tp, 5)
        assert lab.topics.topic_id(tp.topic) != before
        reader.consumer.close()
        # A reader that starts where it left off reads the new topic's records as if they were the old one's.
        again = Reader(lab, lab.new_name(), [tp.topic], {tp: 2})
        until(lab, lambda: again.ends.get(tp) == 5, again)
        assert [message.offset() for message in again.messages] == [2, 3, 4]
