"""What the admin must do with topics."""

import pytest
from tidelake.streams.errors import FewerPartitions, UnknownTopic
from tidelake.streams.topics import TopicSpec
from tidelake.streams.values import TopicPartition
from tidelake.testkit.streams_labs import StreamsLab


class TopicsConformance:
    """Needs a fixture `lab: StreamsLab`."""

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
