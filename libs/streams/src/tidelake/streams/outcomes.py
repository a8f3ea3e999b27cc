"""What a delivery error means for the one question that a sender has: may Kafka have my record?"""

from confluent_kafka import KafkaError
from tidelake.streams import codes
from tidelake.streams.producer import Failed


def failed(error: KafkaError, partition: int | None = None) -> Failed:
    """The outcome for a delivery error. `partition` below 0: the client never learned where to send the
    record, so it never left this process."""
    never_sent = partition is not None and partition < 0
    return Failed(f"{error.name()}: {error.str()}", not never_sent and error.code() not in codes.NEVER_KEPT)
