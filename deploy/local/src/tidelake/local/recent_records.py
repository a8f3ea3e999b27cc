"""How many records a topic got lately, by the times that Kafka has of them."""

from datetime import datetime

from confluent_kafka import Consumer, KafkaException, TopicPartition
from tidelake.streams.errors import BrokerUnavailable

_TIMEOUT_S = 5.0


def records_since(bootstrap: str, topic: str, since: datetime) -> int:
    """At most so many, over all partitions; 0 where there is no such topic. Raises BrokerUnavailable."""
    settings = {"bootstrap.servers": bootstrap, "group.id": "lake-doctor", "enable.auto.commit": False}
    consumer = Consumer({**settings, "allow.auto.create.topics": False})
    try:
        known = consumer.list_topics(topic, _TIMEOUT_S).topics[topic]
        at_ms = int(since.timestamp() * 1000)
        asked = [TopicPartition(topic, number, at_ms) for number in known.partitions]
        return sum(_from(consumer, begin) for begin in consumer.offsets_for_times(asked, _TIMEOUT_S))
    except KafkaException as error:
        raise BrokerUnavailable(f"counting the newest records of {topic}", str(error)) from error
    finally:
        consumer.close()


def _from(consumer: Consumer, begin: TopicPartition) -> int:
    """Records from that position on; a negative one says that all are older."""
    if begin.offset < 0:
        return 0
    _, end = consumer.get_watermark_offsets(begin, _TIMEOUT_S)
    return max(0, end - begin.offset)
