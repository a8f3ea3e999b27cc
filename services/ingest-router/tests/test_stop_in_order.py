import asyncio
from datetime import timedelta

import orjson
import pytest
from ingest_router.flows.accept_events import Batch
from ingest_router.on_twins import DoorOnTwins
from ingest_router.stop_in_order import StopForced, stop_in_order
from tidelake.runtime.clock import SystemClock
from tidelake.runtime.shutdown import Deadline, StopSignal

GOOD = b'{"id": "t1", "distance": 12, "started": "2013-01-01T10:00:00Z"}'


async def nothing_to_close() -> None: ...


async def stop_door(door: DoorOnTwins, stop: StopSignal, timeout: float = 5.0) -> None:
    deadline = Deadline(timedelta(seconds=timeout), SystemClock())
    await stop_in_order(door.door, nothing_to_close, door.producer, deadline, timedelta(0), stop)


async def test_what_is_under_way_gets_its_receipts_and_is_in_the_last_count(
    door: DoorOnTwins, token: str
) -> None:
    intake = door.door.reception.intake
    dataset = intake.open(f"Bearer {token}", "trips")
    door.producer.hold()
    sending = asyncio.create_task(intake.accept(dataset, Batch([GOOD])))
    await asyncio.sleep(0.01)
    stopping = asyncio.create_task(stop_door(door, StopSignal()))
    await asyncio.sleep(0.01)
    assert not door.door.health.ready()
    door.producer.release()
    await stopping
    assert (await sending).accepted == 1
    (count,) = [orjson.loads(record.value or b"") for record in door.kept("ingest-counts")]
    assert count["final"] is True
    assert count["acknowledged"] == 1


async def test_who_waits_for_kafka_when_the_time_is_up_is_told_may_be_kept(
    door: DoorOnTwins, token: str
) -> None:
    intake = door.door.reception.intake
    dataset = intake.open(f"Bearer {token}", "trips")
    door.producer.hold()
    sending = asyncio.create_task(intake.accept(dataset, Batch([GOOD])))
    await asyncio.sleep(0.01)
    await asyncio.wait_for(stop_door(door, StopSignal(), timeout=0.2), 2)
    assert (await sending).unconfirmed == 1
    assert [count.unconfirmed for count in door.door.tally.counts()] == [1]
    door.producer.release()


async def test_a_second_signal_ends_it_at_once(door: DoorOnTwins, token: str) -> None:
    intake = door.door.reception.intake
    dataset = intake.open(f"Bearer {token}", "trips")
    door.producer.hold()
    sending = asyncio.create_task(intake.accept(dataset, Batch([GOOD])))
    await asyncio.sleep(0.01)
    stop = StopSignal()
    stop.request()
    stopping = asyncio.create_task(stop_door(door, stop, timeout=30))
    await asyncio.sleep(0.1)
    stop.request()
    with pytest.raises(StopForced, match="same ids"):
        await asyncio.wait_for(stopping, 2)
    assert (await sending).unconfirmed == 1
    door.producer.release()
