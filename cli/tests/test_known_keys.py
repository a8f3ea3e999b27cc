"""Waiting until the door knows a new key."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from tidelake.cli.known_keys import PATIENCE, door_knows, wait_until_known
from tidelake.testkit.clock import FakeClock


class Door(BaseHTTPRequestHandler):
    """Answers 401 until the third time it is asked, and then what a door says of an empty request."""

    asked = 0

    def do_POST(self) -> None:
        Door.asked += 1
        self.rfile.read(int(self.headers["content-length"]))
        known = self.headers["authorization"] == "Bearer good" and Door.asked >= 3
        self.send_response(404 if known else 401)
        self.end_headers()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


@pytest.fixture
def door() -> Iterator[str]:
    Door.asked = 0
    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class Waiting:
    """Each waiting moves the clock."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.waited = timedelta()

    def __call__(self, span: timedelta) -> bool:
        self.clock.advance(span)
        self.waited += span
        return False


def test_it_returns_as_soon_as_the_door_takes_the_key(door: str) -> None:
    waiting = Waiting()
    assert wait_until_known(lambda: door_knows(door, "good"), waiting.clock, waiting)
    assert Door.asked == 3


def test_it_waits_some_seconds_at_most(door: str) -> None:
    waiting = Waiting()
    assert not wait_until_known(lambda: door_knows(door, "bad"), waiting.clock, waiting)
    assert PATIENCE <= waiting.waited < PATIENCE + timedelta(seconds=1)


def test_it_ends_when_the_user_wants_to_stop_and_where_no_door_answers() -> None:
    assert not wait_until_known(lambda: door_knows("http://127.0.0.1:1", "good"), FakeClock(), lambda _: True)
