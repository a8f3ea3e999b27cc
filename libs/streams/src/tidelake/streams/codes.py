"""Kafka's error codes, sorted by what they mean for the lake."""

# pyright: reportPrivateUsage=false
# Codes that start with an underscore are librdkafka's own; they are as public as the others.

from confluent_kafka import KafkaError

PARTITION_EOF = KafkaError._PARTITION_EOF
OUT_OF_RANGE = KafkaError._AUTO_OFFSET_RESET
NO_LEADER = KafkaError._NOENT
NOT_FETCHING = KafkaError._STATE
QUEUE_FULL = KafkaError._QUEUE_FULL
EXPIRED = KafkaError._MSG_TIMED_OUT
ALREADY_EXISTS = KafkaError.TOPIC_ALREADY_EXISTS

UNKNOWN_TOPIC = frozenset(
    {
        KafkaError.UNKNOWN_TOPIC_OR_PART,
        KafkaError.UNKNOWN_TOPIC_ID,
        KafkaError._UNKNOWN_TOPIC,
        KafkaError._UNKNOWN_PARTITION,
    }
)

NO_ANSWER = frozenset(
    {
        KafkaError.REQUEST_TIMED_OUT,
        KafkaError._TIMED_OUT,
        KafkaError._TIMED_OUT_QUEUE,
        KafkaError._TRANSPORT,
        KafkaError._ALL_BROKERS_DOWN,
        KafkaError._RESOLVE,
        KafkaError._WAIT_COORD,
    }
)

CONSUMER_MUST_STOP = frozenset(
    {
        # Records that cannot be decoded: the client goes on behind them, so going on would lose them
        # silently.
        KafkaError._BAD_MSG,
        KafkaError._BAD_COMPRESSION,
        KafkaError._NOT_IMPLEMENTED,
        KafkaError.UNSUPPORTED_COMPRESSION_TYPE,
        # No right to be here, or another process under the same static name.
        KafkaError.GROUP_AUTHORIZATION_FAILED,
        KafkaError.FENCED_INSTANCE_ID,
    }
)

# Refused before it was sent, or for what the record itself is: it was not appended, and no attempt before can
# have been. Every other failure may be an acknowledgement that got lost.
NEVER_KEPT = UNKNOWN_TOPIC | frozenset(
    {
        KafkaError._PURGE_QUEUE,
        KafkaError._QUEUE_FULL,
        KafkaError._INVALID_ARG,
        KafkaError.MSG_SIZE_TOO_LARGE,
        KafkaError.RECORD_LIST_TOO_LARGE,
        KafkaError.INVALID_RECORD,
        KafkaError.INVALID_TIMESTAMP,
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
    }
)
