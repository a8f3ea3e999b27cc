"""Partitions change hands while a commit is under way."""

import random
from datetime import timedelta

import httpx
import pytest
from tidelake.testkit.gcs.fault_rule import FaultRule
from tidelake.testkit.road.road import Road
from tidelake.testkit.road.waiting import until

pytestmark = [pytest.mark.system, pytest.mark.timeout(480)]

_COMMIT = r"_delta_log/\d+\.json$"


def test_a_commit_that_hangs_ends_its_writer_and_arriving_late_doubles_nothing(road: Road, seed: int) -> None:
    dataset = road.publish()
    hangs = road.writer("hangs", COMMIT_DEADLINE=3, MAX_POLL_INTERVAL=6).start()
    traffic = road.kafka_traffic(dataset, seed=seed)
    traffic.send(60)
    road.wait_caught_up(dataset)
    before = road.bronze(dataset).version()

    # The store takes its request, does nothing for a while, and does it after all when nobody waits for it.
    held = road.emulator.faults.add(FaultRule("latency", method="PUT", path=_COMMIT, seconds=8.0, count=1))
    heir = road.writer("heir").start(wait=False)
    traffic.send(60)
    until(lambda: road.emulator.faults.struck(held), 20.0, "a commit hangs")
    assert hangs.wait_exit(20.0) == 70
    assert road.bronze(dataset).version() == before
    heir.wait_ready()
    traffic.send(60)
    road.check(dataset, traffic.acknowledged)
    until(lambda: _late(road), 20.0, "the late request is done")
    found = road.check(dataset, traffic.acknowledged)
    assert found.rows == 180


def test_writers_that_come_and_go_in_mid_commit_lose_and_double_nothing(road: Road, seed: int) -> None:
    chance = random.Random(seed)
    dataset = road.publish(freshness=timedelta(seconds=1))
    stays = road.writer("stays").start()
    comes = road.writer("comes")
    slow = FaultRule("latency", method="PUT", path=_COMMIT, seconds=0.7)
    with road.kafka_traffic(dataset, seed=seed) as traffic, road.emulator.faults.during(slow):
        for _ in range(2):
            comes.start(wait=False)
            road.wait_shared(dataset, stays, comes)
            traffic.until_acknowledged(chance.randrange(100, 400))
            assert comes.stop() == 0
    found = road.check(dataset, traffic.acknowledged)
    assert found.clean
    assert stays.ready


def _late(road: Road) -> list[str]:
    """Outcomes of the commits that the store held."""
    answer = httpx.get(f"{road.emulator.url}/_requests", params={"recent": 1000}, trust_env=False)
    return [
        one["outcome"]
        for one in answer.json()["recent"]
        if one["milliseconds"] > 7000 and one["method"] == "PUT"
    ]
