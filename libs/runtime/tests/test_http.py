import asyncio
import threading
from collections.abc import Generator
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from tidelake.runtime.health import Health
from tidelake.runtime.http import health_app, serve, serve_in_thread, serving, stop_requested
from tidelake.runtime.ports import PortTaken, listen
from tidelake.runtime.shutdown import StopSignal
from tidelake.runtime.telemetry import Telemetry, start_telemetry


@pytest.fixture
def telemetry() -> Generator[Telemetry]:
    with start_telemetry("door", "1", "i") as telemetry:
        yield telemetry


def test_health_and_metrics_are_served_beside_a_loop(telemetry: Telemetry):
    health = Health()
    app = health_app(health, telemetry, "door", "1")
    with (
        serve_in_thread(app, "127.0.0.1", 0) as port,
        httpx.Client(base_url=f"http://127.0.0.1:{port}") as http,
    ):
        assert http.get("/livez").status_code == 200
        health.set("kafka", False, "no broker answers")
        answer = http.get("/readyz")
        assert (answer.status_code, answer.json()["components"]["kafka"]["reason"]) == (
            503,
            "no broker answers",
        )
        health.set("kafka", True)
        assert http.get("/readyz").status_code == 200
        health.dead("the commit hangs")
        assert (http.get("/livez").status_code, http.get("/livez").json()["dead"]) == (
            503,
            "the commit hangs",
        )
        metrics = http.get("/metrics")
        assert metrics.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert "process_cpu_time_seconds_total" in metrics.text
        assert http.get("/elsewhere").status_code == 404
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/livez")


def test_a_port_that_is_taken_starts_nothing(telemetry: Telemetry):
    threads = threading.active_count()
    with listen("127.0.0.1", 0, "x") as taken:
        port = taken.getsockname()[1]
        app = health_app(Health(), telemetry, "door", "1")
        with (
            pytest.raises(PortTaken, match="DOOR_HTTP_PORT"),
            serve_in_thread(app, "127.0.0.1", port, "DOOR_HTTP_PORT"),
        ):
            pytest.fail("it served")
    assert threading.active_count() == threads


async def test_a_request_under_way_is_finished_before_the_server_ends():
    app, entered = FastAPI(), asyncio.Event()

    @app.get("/slow")
    async def slow() -> str:
        entered.set()
        await asyncio.sleep(0.1)
        return "done"

    async with httpx.AsyncClient() as http:
        async with serving(app, "127.0.0.1", 0) as port:
            answer = asyncio.create_task(http.get(f"http://127.0.0.1:{port}/slow"))
            await entered.wait()
        assert (await answer).json() == "done"
        with pytest.raises(httpx.ConnectError):
            await http.get(f"http://127.0.0.1:{port}/slow")


async def test_it_serves_until_a_stop_is_requested():
    with listen("127.0.0.1", 0, "x") as free:
        port = free.getsockname()[1]
    stop = StopSignal()
    server = asyncio.create_task(serve(FastAPI(), "127.0.0.1", port, stop, stop_timeout=timedelta(seconds=5)))
    await asyncio.sleep(0.05)
    assert not server.done()
    threading.Thread(target=stop.request).start()
    await asyncio.wait_for(server, 5)


async def test_several_may_wait_for_the_same_stop():
    stop = StopSignal()
    waiters = [asyncio.create_task(stop_requested(stop)) for _ in range(3)]
    await asyncio.sleep(0)
    stop.request()
    await asyncio.wait_for(asyncio.gather(*waiters), 5)
    await asyncio.wait_for(stop_requested(stop), 5)
