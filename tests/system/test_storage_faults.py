"""The store fails in every way it can: commits go through once, later, or not at all."""

import resource

import pytest
from tidelake.testkit.gcs.fault_rule import FaultRule
from tidelake.testkit.road.road import Road
from tidelake.testkit.road.waiting import until

pytestmark = [pytest.mark.system, pytest.mark.timeout(480)]

_COMMIT = r"_delta_log/\d+\.json$"


def test_a_commit_whose_answer_is_lost_stands_once(road: Road, seed: int) -> None:
    dataset = road.publish()
    road.writer().start()
    with road.kafka_traffic(dataset, seed=seed) as traffic:
        traffic.until_acknowledged(200)
        until(lambda: road.bronze(dataset).exists() and road.bronze(dataset).commits(), 20.0, "a commit")
        for effect in ("cut_after", "late_answer"):
            rule = FaultRule(effect, method="PUT", path=_COMMIT, seconds=11.0, count=1)
            number = road.emulator.faults.add(rule)
            until(lambda n=number: road.emulator.faults.struck(n), 20.0, f"{effect} strikes a commit")
            traffic.until_acknowledged(200)
    road.check(dataset, traffic.acknowledged)


def test_a_failing_store_loses_and_doubles_nothing(road: Road, seed: int) -> None:
    dataset = road.publish()
    writers = [road.writer("writer-1").start(wait=False), road.writer("writer-2").start(wait=False)]
    for writer in writers:
        writer.wait_ready()
    faults = road.emulator.faults
    with road.kafka_traffic(dataset, seed=seed) as traffic:
        traffic.until_acknowledged(200)
        numbers = [
            faults.add(FaultRule("status", status=429, probability=0.2, seed=seed)),
            faults.add(FaultRule("status", status=503, probability=0.2, seed=seed + 1)),
            faults.add(FaultRule("cut_before", probability=0.1, seed=seed + 2)),
            faults.add(FaultRule("cut_after", probability=0.2, seed=seed + 3)),
        ]
        until(lambda: all(faults.struck(number) >= 20 for number in numbers), 60.0, "every fault strikes")
        # And once nothing at all gets through for a while.
        outage = faults.add(FaultRule("status", status=503))
        until(lambda: faults.struck(outage) >= 10, 60.0, "the outage is noticed")
        faults.clear()
        traffic.until_acknowledged(200)
    road.check(dataset, traffic.acknowledged, within=60.0)
    for writer in writers:
        until(lambda one=writer: one.alive and one.ready, 20.0, lambda one=writer: f"ready: {one.tail()}")


def test_services_that_start_before_their_store_wait_for_it(road: Road, seed: int) -> None:
    dataset = road.publish()
    traffic = road.kafka_traffic(dataset, seed=seed)
    traffic.send(60)
    road.emulator.stop()
    services = [road.router().start(wait=False), road.writer().start(wait=False)]
    for service, component in zip(services, ("contracts", "store"), strict=True):
        until(lambda one=service: one.reasons(), 30.0, lambda one=service: f"a reason: {one.tail()}")
        until(
            lambda one=service, name=component: "could not" in one.report()["components"][name]["reason"],
            60.0,
            lambda one=service: f"the store named: {one.report()}",
        )
    road.emulator.start()
    for service in services:
        service.wait_ready()
    road.check(dataset, traffic.acknowledged)


def test_a_full_disk_under_the_store_loses_and_doubles_nothing(road: Road, seed: int) -> None:
    dataset = road.publish()
    writer = road.writer().start()
    pid = road.emulator.pid
    limits = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    with road.kafka_traffic(dataset, seed=seed) as traffic:
        traffic.until_acknowledged(200)
        until(lambda: road.bronze(dataset).exists() and road.bronze(dataset).commits(), 20.0, "a commit")
        road.emulator.faults.reset_requests()
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (100, limits[1]))

        def refused() -> int:
            return road.emulator.faults.requests().get("xml.objects.put", {}).get("507", 0)

        until(lambda: refused() >= 3, 30.0, lambda: f"writes fail: {road.emulator.faults.requests()}")
        traffic.until_acknowledged(200)  # the disk is the store's, not Kafka's
        resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)
        traffic.until_acknowledged(200)
    road.check(dataset, traffic.acknowledged, within=60.0)
    assert writer.alive
