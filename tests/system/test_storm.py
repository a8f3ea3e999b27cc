"""Faults in an order that chance makes: whatever happens, the count is right at the end."""

import random
from collections.abc import Callable

import pytest
from tidelake.testkit.gcs.fault_rule import FaultRule
from tidelake.testkit.road.road import Road
from tidelake.testkit.road.service_process import ServiceProcess
from tidelake.testkit.road.waiting import pause, until

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]

_FAULTS = 6
_COMMIT = r"_delta_log/\d+\.json$"


class Storm:
    """What may befall a lake. Each fault ends by itself; its end may lie beyond the beginning of the next."""

    def __init__(self, road: Road, writers: list[ServiceProcess], door: ServiceProcess, seed: int) -> None:
        self._road = road
        self._writers = writers
        self._door = door
        self._chance = random.Random(seed)
        self.story: list[str] = []

    def strike(self) -> None:
        """One fault, chosen by chance."""
        faults: list[Callable[[], None]] = [
            self._kill_a_writer,
            self._stop_a_writer,
            self._freeze_a_writer,
            self._kill_the_door,
            self._store_fails,
            self._store_is_slow,
            self._answers_are_lost,
        ]
        fault = self._chance.choice(faults)
        self.story.append(fault.__name__.strip("_"))
        fault()
        pause(self._chance.uniform(0, 1.5))

    def _a_writer(self) -> ServiceProcess:
        writer = self._chance.choice(self._writers)
        if not writer.alive:  # a fault before was more than it could bear
            writer.start(wait=False)
        return writer

    def _kill_a_writer(self) -> None:
        writer = self._a_writer()
        writer.kill()
        writer.start(wait=False)

    def _stop_a_writer(self) -> None:
        writer = self._a_writer()
        until(lambda: writer.ready, 60.0, lambda: f"ready, as it takes no signal before: {writer.tail()}")
        assert writer.stop() == 0
        writer.start(wait=False)

    def _freeze_a_writer(self) -> None:
        writer = self._a_writer()
        writer.freeze()
        pause(self._chance.uniform(0, 9))  # Kafka takes it for dead after six
        writer.thaw()

    def _kill_the_door(self) -> None:
        self._door.kill()
        self._door.start(wait=False)

    def _store_fails(self) -> None:
        status = self._chance.choice([429, 503])
        with self._road.emulator.faults.during(FaultRule("status", status=status, probability=0.5)):
            pause(self._chance.uniform(0, 4))

    def _store_is_slow(self) -> None:
        slow = FaultRule("latency", path=_COMMIT, seconds=self._chance.uniform(0.1, 2))
        with self._road.emulator.faults.during(slow):
            pause(self._chance.uniform(0, 4))

    def _answers_are_lost(self) -> None:
        lost = FaultRule("cut_after", method="PUT", path=_COMMIT, probability=0.7)
        with self._road.emulator.faults.during(lost):
            pause(self._chance.uniform(0, 4))


def test_whatever_happens_each_record_stands_once(road: Road, seed: int) -> None:
    dataset = road.publish()
    door = road.router().start(wait=False)
    writers = [road.writer("writer-1").start(wait=False), road.writer("writer-2").start(wait=False)]
    for service in (door, *writers):
        service.wait_ready()
    storm = Storm(road, writers, door, seed)
    with (
        road.door_traffic(door, dataset, seed=seed) as by_door,
        road.kafka_traffic(dataset, seed=seed + 1, per_second=200) as direct,
    ):
        for _ in range(_FAULTS):
            storm.strike()
        direct.until_acknowledged(100)
    for writer in writers:
        if not writer.alive:
            writer.start(wait=False)
    road.wait_caught_up(dataset, within=60.0)
    found = road.findings(dataset, {**by_door.acknowledged, **direct.acknowledged})
    assert found.clean, f"{found} after {storm.story}"
    until(
        lambda: not road.unannounced(dataset),
        20.0,
        lambda: f"every commit announced after {storm.story}: {road.unannounced(dataset)} are not",
    )
