from ingest_router.core.pressure import AckPressure


def test_kafka_is_slow_when_its_oldest_batch_waits_too_long() -> None:
    pressure = AckPressure(slow_after_s=2.0)
    pressure.sent(10.0)
    newer = pressure.sent(11.5)
    pressure.answered(newer)
    assert not pressure.slow(12.0)
    assert pressure.slow(12.1)


def test_an_answer_to_the_oldest_batch_makes_room_again() -> None:
    pressure = AckPressure(slow_after_s=2.0)
    oldest = pressure.sent(10.0)
    pressure.sent(13.0)
    pressure.answered(oldest)
    assert pressure.oldest_s(14.0) == 1.0
    assert not pressure.slow(14.0)


def test_nothing_waiting_is_never_slow() -> None:
    assert not AckPressure(slow_after_s=2.0).slow(1e9)


def test_a_batch_may_be_answered_twice() -> None:
    pressure = AckPressure(slow_after_s=2.0)
    number = pressure.sent(1.0)
    pressure.answered(number)
    pressure.answered(number)
    assert pressure.oldest_s(5.0) == 0.0
