"""Partitions change hands while a commit is under way."""

import random
from datetime import timedelta

import pytest
from tidelake.testkit.gcs.fault_rule import FaultRule
from tidelake.testkit.road.road import Road
from tidelake.testkit.road.waiting import until

pytestmark = pytest.mark.system

_COMMIT = r"_delta_log/\d+\.json$"


def test_a_commit_that_outlasts_its_membership_is_not_made_twice(road: Road, seed: int) -> None:
    dataset = road.publish()
    slow = road.writer("slow", MAX_POLL_INTERVAL=6).start()
    traffic = road.kafka_traffic(dataset, seed=seed)
    traffic.send(60)
    road.wait_caught_up(dataset)

    # Its request waits in the store for longer than Kafka waits for its next poll.
    held = road.emulator.faults.add(FaultRule("latency", method="PUT", path=_COMMIT, seconds=9.0, count=1))
    traffic.send(60)
    until(lambda: road.emulator.faults.struck(held), 20.0, "a commit is under way")
    before = road.bronze(dataset).version()
    quick = road.writer("quick").start(wait=False)
    until(lambda: len(road.owned_by(quick, dataset)) == 3, 20.0, "the other owns all partitions", every=0.1)
    road.wait_caught_up(dataset)
    heirs = [one for one in road.bronze(dataset).commits() if one.version > before]
    assert sum(one.rows for one in heirs) == 60, "the other committed what the slow one was committing"

    until(lambda: len(road.owned_by(slow, dataset)) > 0, 30.0, "the slow one is a member again", every=0.2)
    traffic.send(60)
    found = road.check(dataset, traffic.acknowledged)
    assert found.rows == 180
    until(lambda: slow.ready and quick.ready, 20.0, lambda: f"ready: {slow.report()} {quick.report()}")


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
