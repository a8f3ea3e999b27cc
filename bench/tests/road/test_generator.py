"""The load generator."""

import asyncio
import socket
import time
from pathlib import Path

import msgspec
import pytest
from aiohttp import web
from tidelake.bench.road import generator
from tidelake.bench.road.generator import bodies_of, positions_in
from tidelake.bench.road.load import Load, LoadReport
from tidelake.bench.road.schedule import Schedule


def _load(events: Path, url: str = "", skip: int = 0, counted_s: float = 0.06) -> Load:
    schedule = Schedule(rate=100, batch=2, warm_up_s=0.0, counted_s=counted_s)
    return Load(
        url=url, api_key="key", events=str(events), skip=skip, schedule=schedule, start_at=time.time() + 0.2
    )


@pytest.fixture
def events(tmp_path: Path) -> Path:
    file = tmp_path / "events.ndjson"
    file.write_bytes(b"a\nb\nc\nd\ne\n")
    return file


def test_each_request_has_its_events_in_turn_and_the_first_follow_the_last(events: Path) -> None:
    assert bodies_of(_load(events)) == [b"a\nb", b"c\nd", b"e\na"]


def test_a_later_run_goes_on_where_the_earlier_one_ended(events: Path) -> None:
    assert bodies_of(_load(events, skip=6)) == [b"b\nc", b"d\ne", b"a\nb"]


def test_positions_are_of_the_accepted_alone() -> None:
    content = b"""{"dataset": "flights", "receipts": [
        {"index": 0, "status": "accepted", "partition": 2, "offset": 7},
        {"index": 1, "status": "refused", "broken_rules": []}]}"""

    assert positions_in(content) == [(2, 7)]


async def _serve_slowly(port: int, delay: float, bodies: list[bytes]) -> web.AppRunner:
    async def answer(request: web.Request) -> web.Response:
        bodies.append(await request.read())
        await asyncio.sleep(delay)
        receipts = [{"status": "accepted", "partition": 0, "offset": len(bodies)}]
        return web.json_response({"receipts": receipts})

    app = web.Application()
    app.router.add_post("/events", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    return runner


async def test_a_slow_server_does_not_slow_the_schedule_down(events: Path, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    bodies: list[bytes] = []
    runner = await _serve_slowly(port, 0.3, bodies)
    load_file, report_file = tmp_path / "load.json", tmp_path / "report.json"
    load = _load(events, f"http://127.0.0.1:{port}/events", counted_s=0.2)
    load_file.write_bytes(msgspec.json.encode(load))

    await asyncio.to_thread(generator.main, [str(load_file), str(report_file)])
    await runner.cleanup()

    report = msgspec.json.decode(report_file.read_bytes(), type=LoadReport)
    assert [answer.due for answer in report.answers] == [nth * 0.02 for nth in range(10)]
    # Closed, the loop would have sent the last one after nine answers, that is after 2.7 s.
    assert max(answer.sent for answer in report.answers) < 2.0
    assert all(answer.done - answer.due >= 0.3 for answer in report.answers)
    assert {answer.status for answer in report.answers} == {200}
    assert all(len(answer.positions) == 1 for answer in report.answers)
    assert report.cpu_seconds >= 0


def test_a_server_that_is_not_there_is_an_answer_too(events: Path, tmp_path: Path) -> None:
    load_file, report_file = tmp_path / "load.json", tmp_path / "report.json"
    load_file.write_bytes(msgspec.json.encode(_load(events, "http://127.0.0.1:1/events")))

    generator.main([str(load_file), str(report_file)])

    report = msgspec.json.decode(report_file.read_bytes(), type=LoadReport)
    assert [(answer.status, answer.positions) for answer in report.answers] == [(0, [])] * 3
