import asyncio
import threading
from collections.abc import Sequence
from datetime import timedelta

import pytest
from ingest_router.outbound.kafka_sender import KafkaSender
from tidelake.streams.errors import ProducerFailed, QueueFull
from tidelake.streams.memory import MemoryBroker, MemoryProducer
from tidelake.streams.producer import Delivered, Failed, OnDone, OutRecord
from tidelake.testkit.clock import FakeClock

RECORDS = [OutRecord("t", b"1", b"k"), OutRecord("t", b"2", b"k")]


@pytest.fixture
def producer() -> MemoryProducer:
    broker = MemoryBroker()
    broker.create_topic("t", 1)
    return MemoryProducer(broker, max_waiting_records=4)


def sender(producer: MemoryProducer, clock: FakeClock, give_up_after: float = 5.0) -> KafkaSender:
    return KafkaSender(producer, clock, timedelta(seconds=2), timedelta(seconds=give_up_after))


async def test_answers_come_in_the_order_of_the_records(producer: MemoryProducer, clock: FakeClock) -> None:
    assert await sender(producer, clock).send(RECORDS) == [Delivered(0, 0), Delivered(0, 1)]


async def test_no_answer_in_time_says_that_each_may_be_kept(
    producer: MemoryProducer, clock: FakeClock
) -> None:
    producer.hold()
    kafka = sender(producer, clock, give_up_after=0.05)
    deliveries = await kafka.send(RECORDS)
    assert [isinstance(one, Failed) and one.maybe_kept for one in deliveries] == [True, True]
    clock.advance(timedelta(seconds=3))
    assert kafka.slow(), "Kafka has still not answered"
    producer.release()
    await asyncio.sleep(0.01)
    assert not kafka.slow()


async def test_a_full_queue_waits_for_nobody_and_leaves_no_trace(
    producer: MemoryProducer, clock: FakeClock
) -> None:
    producer.hold()
    kafka = sender(producer, clock)
    first = [asyncio.create_task(kafka.send(RECORDS)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(QueueFull):
        await kafka.send(RECORDS)
    producer.release()
    await asyncio.gather(*first)
    clock.advance(timedelta(seconds=9))
    assert not kafka.slow()


async def test_a_failed_producer_is_told_to_whoever_watches(
    producer: MemoryProducer, clock: FakeClock
) -> None:
    kafka = sender(producer, clock)
    producer.close()
    with pytest.raises(ProducerFailed):
        await kafka.send(RECORDS)
    assert kafka.failed.is_set()


async def test_giving_up_tells_who_waits_that_it_may_be_kept(
    producer: MemoryProducer, clock: FakeClock
) -> None:
    producer.hold()
    kafka = sender(producer, clock)
    waiting = asyncio.create_task(kafka.send(RECORDS))
    await asyncio.sleep(0)
    kafka.give_up()
    deliveries = await waiting
    assert [isinstance(one, Failed) and one.maybe_kept for one in deliveries] == [True, True]
    producer.release()


class FromAnotherThread:
    """Answers as librdkafka's poll thread does."""

    def send(self, records: Sequence[OutRecord], on_done: OnDone) -> None:
        answers = [Delivered(0, offset) for offset in range(len(records))]
        threading.Thread(target=on_done, args=(answers,)).start()

    def flush(self, timeout: timedelta) -> int:
        return 0

    def close(self) -> None: ...


async def test_answers_may_come_on_another_thread(clock: FakeClock) -> None:
    kafka = KafkaSender(FromAnotherThread(), clock, timedelta(seconds=2), timedelta(seconds=5))
    batches = await asyncio.gather(*(kafka.send(RECORDS) for _ in range(20)))
    assert all(batch == [Delivered(0, 0), Delivered(0, 1)] for batch in batches)


def test_an_answer_after_the_loop_has_ended_harms_nobody(producer: MemoryProducer, clock: FakeClock) -> None:
    producer.hold()
    asyncio.run(sender(producer, clock, give_up_after=0.01).send(RECORDS))
    producer.release()
