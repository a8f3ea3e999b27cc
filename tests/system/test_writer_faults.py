"""Writers are killed, stopped and refused: no position is lost, none stands twice."""

import random
from datetime import timedelta

import pytest
from tidelake.testkit.gcs.fault_rule import FaultRule
from tidelake.testkit.road.road import Road
from tidelake.testkit.road.service_process import ServiceProcess
from tidelake.testkit.road.waiting import until

pytestmark = [pytest.mark.system, pytest.mark.timeout(480)]


def test_killed_writers_lose_and_double_nothing(road: Road, seed: int) -> None:
    chance = random.Random(seed)
    dataset = road.publish()
    writers = [road.writer("writer-1").start(wait=False), road.writer("writer-2").start(wait=False)]
    for writer in writers:
        writer.wait_ready()
    with road.kafka_traffic(dataset, seed=seed) as traffic:
        for _ in range(3):
            traffic.until_acknowledged(chance.randrange(200, 600))
            victim = chance.choice(writers)
            victim.kill()
            victim.start(wait=False)
        traffic.until_acknowledged(200)
    found = road.check(dataset, traffic.acknowledged)
    assert found.acknowledged >= 800
    until(lambda: not road.unannounced(dataset), 20.0, lambda: f"announced: {road.unannounced(dataset)}")


def test_a_writer_stopped_under_load_commits_what_it_has(road: Road, seed: int) -> None:
    # So seldom that nothing would be committed within this test.
    dataset = road.publish(freshness=timedelta(seconds=300))
    writer = road.writer().start()
    before = road.kafka_traffic(dataset, seed=seed)
    before.send(600)
    _wait_taken(writer)
    with road.kafka_traffic(dataset, seed=seed + 1) as during:
        during.until_acknowledged(200)
        assert not road.bronze(dataset).commits()
        assert writer.stop() == 0
    assert not list(writer.events("service_failed"))
    kept = {position for position, _ in road.bronze(dataset).rows()}
    assert before.acknowledged.keys() <= kept
    writer.start()
    _wait_taken(writer)
    assert writer.stop() == 0
    road.check(dataset, {**before.acknowledged, **during.acknowledged})


def _wait_taken(writer: ServiceProcess) -> None:
    """Returns when the writer holds records and no more come."""
    held = [0.0]

    def as_before() -> bool:
        held.append(writer.metric("lake_bronze_buffered_bytes"))
        return held[-1] == held[-2] > 0

    until(as_before, 20.0, lambda: f"records are taken: {held}", every=0.3)


def test_a_writer_refuses_a_store_that_ignores_preconditions(road: Road) -> None:
    road.publish()
    road.emulator.faults.add(FaultRule("ignore_preconditions"))
    writer = road.writer().start(wait=False)
    assert writer.wait_exit() == 1
    (failure,) = writer.events("service_failed")
    assert "precondition" in failure["message"].lower() or "put-if-absent" in failure["message"].lower()


def test_a_writer_that_finds_its_port_taken_says_so(road: Road) -> None:
    first = road.writer("writer-1").start()
    second = road.writer("writer-2", HTTP_PORT=first.port).start(wait=False)
    assert second.wait_exit() == 1
    (failure,) = second.events("service_failed")
    assert f"Port {first.port} on 127.0.0.1 is already taken" in failure["message"]
    assert "BRONZE_WRITER_HTTP_PORT" in failure["message"]
    assert first.ready
