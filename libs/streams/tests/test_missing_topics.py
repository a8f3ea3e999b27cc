"""What is missing is made; what is there is left as it is."""

from tidelake.streams.memory.broker import MemoryBroker
from tidelake.streams.memory.topics import MemoryTopics
from tidelake.streams.missing_topics import make_missing
from tidelake.streams.topics import TopicSpec

KEPT_A_WEEK = TopicSpec("lines", 4, config={"retention.ms": "604800000"})


def test_only_what_is_missing_is_made_and_named() -> None:
    broker = MemoryBroker()
    other = TopicSpec("counts", 1, config={"cleanup.policy": "compact"})
    assert make_missing(MemoryTopics(broker), [KEPT_A_WEEK]) == ["lines"]
    assert make_missing(MemoryTopics(broker), [KEPT_A_WEEK, other]) == ["counts"]
    assert len(broker.stored("lines").logs) == 4
    assert broker.stored("counts").config == {"cleanup.policy": "compact"}


def test_retention_and_partitions_of_a_topic_that_is_there_stay_as_they_are() -> None:
    broker = MemoryBroker()
    broker.create_topic("lines", 12, {"retention.ms": "86400000"})
    assert make_missing(MemoryTopics(broker), [KEPT_A_WEEK]) == []
    assert len(broker.stored("lines").logs) == 12
    assert broker.stored("lines").config == {"retention.ms": "86400000"}
