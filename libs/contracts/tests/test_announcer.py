"""An announcement is made once Kafka has confirmed it."""

from datetime import UTC, datetime, timedelta

import pytest
from tidelake.contracts.announcer import AnnouncementFailed, TopicAnnouncer
from tidelake.streams.memory import MemoryBroker, MemoryProducer
from tidelake.streams.producer import Failed
from tidelake.streams.values import TopicPartition
from tidelake.tables.announcement import CommitAnnounced, decode_commit_announced

COMMIT = CommitAnnounced("bronze/flights", 3, "flights", "id", datetime(2013, 1, 1, tzinfo=UTC), 0, ())


@pytest.fixture
def broker() -> MemoryBroker:
    broker = MemoryBroker()
    broker.create_topic("bronze-commits", 1)
    return broker


@pytest.fixture
def producer(broker: MemoryBroker) -> MemoryProducer:
    return MemoryProducer(broker, max_waiting_records=1)


@pytest.fixture
def announcer(producer: MemoryProducer) -> TopicAnnouncer:
    return TopicAnnouncer(producer, "bronze-commits", timedelta(seconds=0.05))


def test_it_is_on_the_topic_under_the_tables_path(announcer: TopicAnnouncer, broker: MemoryBroker) -> None:
    announcer.announce(COMMIT)
    record = broker.log(TopicPartition("bronze-commits", 0)).visible(0)
    assert record is not None
    assert record.key == b"bronze/flights"
    assert decode_commit_announced(record.value or b"") == COMMIT


def test_a_refusal_a_silence_and_a_full_queue_are_failures(
    announcer: TopicAnnouncer, producer: MemoryProducer
) -> None:
    producer.fail_next(Failed("no", maybe_kept=False))
    with pytest.raises(AnnouncementFailed, match="was not confirmed: no"):
        announcer.announce(COMMIT)
    producer.hold()
    with pytest.raises(AnnouncementFailed, match="no answer within"):
        announcer.announce(COMMIT)
    with pytest.raises(AnnouncementFailed, match="No room"):
        announcer.announce(COMMIT)
