"""Writers are killed, stopped and refused: no position is lost, none stands twice."""

import random

import pytest
from tidelake.testkit.gcs.fault_rule import FaultRule
from tidelake.testkit.road.road import Road
from tidelake.testkit.road.waiting import until

pytestmark = pytest.mark.system


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


def test_a_writer_stopped_under_load_commits_what_it_has(road: Road, seed: int) -> None:
    dataset = road.publish()
    writer = road.writer().start()
    with road.kafka_traffic(dataset, seed=seed) as traffic:
        traffic.until_acknowledged(600)
        until(lambda: road.bronze(dataset).exists() and road.bronze(dataset).commits(), 20.0, "a commit")
        before = len(traffic.acknowledged)
        assert writer.stop() == 0
    tokens = road.bronze(dataset).next_offsets(road.kafka.topic_id(dataset.topic), range(3))
    assert sum(tokens.values()) >= before * 0.5, "what was read long before the stop is in bronze"
    assert not list(writer.events("service_failed"))
    writer.start()
    road.check(dataset, traffic.acknowledged)


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
