"""The door is killed and stopped under load: what it acknowledged stays acknowledged."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from tidelake.testkit.road.road import Road
from tidelake.testkit.road.waiting import until

pytestmark = [pytest.mark.system, pytest.mark.timeout(480)]


def test_a_killed_router_loses_nothing_that_it_acknowledged(road: Road, seed: int) -> None:
    dataset = road.publish()
    router, writer = road.router().start(wait=False), road.writer().start(wait=False)
    router.wait_ready()
    with road.door_traffic(router, dataset, seed=seed) as traffic:
        traffic.until_acknowledged(400)
        router.kill()
        router.start()
        traffic.until_acknowledged(400)
    writer.wait_ready()
    found = road.check(dataset, traffic.acknowledged)
    assert found.acknowledged >= 800


def test_a_router_stopped_under_load_answers_every_request(road: Road) -> None:
    dataset = road.publish()
    writer = road.writer().start(wait=False)
    router = road.router(DRAIN_DELAY=1).start()
    answers: Counter[int] = Counter()
    stopped_sending = threading.Event()

    def send(nth: int) -> None:
        # As a load balancer does: nothing more once the door says that it is not ready.
        headers = {"authorization": f"Bearer {road.api_key}"}
        url = f"{router.url}/v1/datasets/{dataset.name}/events"
        with httpx.Client(headers=headers, timeout=30, trust_env=False) as client:
            for number in range(10_000):
                if stopped_sending.is_set():
                    return
                record = {"id": f"{nth}-{number}", "n": number}
                answers[client.post(url, json=record).status_code] += 1

    def watch() -> None:
        until(lambda: not router.ready, 30.0, "the door says that it stops", every=0.02)
        stopped_sending.set()

    with ThreadPoolExecutor(9) as pool:
        senders = [pool.submit(send, nth) for nth in range(8)]
        watching = pool.submit(watch)
        until(lambda: answers[200] > 300, 30.0, "300 records acknowledged")
        router.terminate()
        for one in (*senders, watching):
            one.result()  # raises what a request without an answer raised
    assert router.wait_exit() == 0
    assert set(answers) == {200}
    writer.wait_ready()
    found = road.check(dataset)
    assert found.rows == answers[200]


def test_a_router_that_finds_its_port_taken_says_so(road: Road) -> None:
    first = road.router("router-1").start()
    second = road.router("router-2", HTTP_PORT=first.port).start(wait=False)
    assert second.wait_exit() == 1
    (failure,) = second.events("service_failed")
    assert f"Port {first.port} on 127.0.0.1 is already taken" in failure["message"]
    assert "INGEST_ROUTER_HTTP_PORT" in failure["message"]
    assert first.ready
