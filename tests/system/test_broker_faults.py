"""Kafka is away, killed, restarted: the door waits or says no, and nothing acknowledged is lost."""

from collections.abc import Generator
from typing import Protocol

import httpx
import pytest
from tidelake.testkit.road.road import Road, running_road
from tidelake.testkit.road.waiting import until

pytestmark = [pytest.mark.system, pytest.mark.timeout(480)]


class Broker(Protocol):
    """See conftest.PrivateBroker."""

    bootstrap: str

    def start(self) -> None: ...
    def kill(self) -> None: ...
    def stop(self) -> None: ...


@pytest.fixture
def own_road(tmp_path_factory: pytest.TempPathFactory, private_broker: Broker) -> Generator[Road]:
    """A lake on a broker that may be killed."""
    with running_road(tmp_path_factory.mktemp("road"), private_broker.bootstrap) as road:
        yield road


def test_the_road_survives_every_end_of_its_broker(own_road: Road, private_broker: Broker, seed: int) -> None:
    road, broker = own_road, private_broker
    dataset = road.publish()

    # Away when the services start: they wait, and say for what.
    broker.stop()
    router, writer = road.router().start(wait=False), road.writer().start(wait=False)
    until(lambda: "kafka" in router.reasons().lower(), 20.0, lambda: f"a reason: {router.report()}")

    def early() -> httpx.Response:
        return httpx.post(
            f"{router.url}/v1/datasets/{dataset.name}/events",
            json={"id": "early", "n": 0},
            headers={"authorization": f"Bearer {road.api_key}"},
            trust_env=False,
        )

    # First it has to read who may send.
    until(lambda: early().status_code != 503, 20.0, lambda: f"an answer: {early().text}")
    answer = early()
    assert answer.status_code == 429, answer.text
    assert "retry-after" in answer.headers
    broker.start()
    router.wait_ready()
    writer.wait_ready()

    with road.door_traffic(router, dataset, seed=seed) as traffic:
        traffic.until_acknowledged(400)
        broker.kill()
        broker.start()
        traffic.until_acknowledged(400)
        broker.stop()
        broker.start()
        traffic.until_acknowledged(400)
    found = road.check(dataset, traffic.acknowledged)
    assert found.acknowledged >= 1200
    assert router.ready
    assert writer.ready
