import pytest
from confluent_kafka import KafkaError
from tidelake.streams import codes
from tidelake.streams.outcomes import failed


@pytest.mark.parametrize(
    "code", [KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.TOPIC_AUTHORIZATION_FAILED, codes.QUEUE_FULL]
)
def test_what_was_refused_is_not_kept(code: int):
    assert not failed(KafkaError(code), 0).maybe_kept


@pytest.mark.parametrize(
    "code", [KafkaError.REQUEST_TIMED_OUT, KafkaError.NOT_ENOUGH_REPLICAS, KafkaError.UNKNOWN, -192]
)
def test_whatever_else_may_be_kept(code: int):
    outcome = failed(KafkaError(code), 0)
    assert outcome.maybe_kept
    assert outcome.reason


def test_what_never_had_a_partition_never_left():
    assert not failed(KafkaError(KafkaError.REQUEST_TIMED_OUT), -1).maybe_kept
