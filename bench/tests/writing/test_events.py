"""A sender that goes on until the door has acknowledged."""

import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import orjson
import pytest
from tidelake.bench.writing.events import EventSender


class Door:
    """Answers as told: the first requests with 503, one event in ten of a batch not taken."""

    def __init__(self) -> None:
        self.away = 0
        self.takes: Callable[[int], bool] = lambda _: True
        self.refuses = False
        self.taken: Counter[bytes] = Counter()
        self.keys: list[str] = []
        door = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                door.answer(self)

            def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        events = request.rfile.read(int(request.headers["content-length"])).splitlines()
        self.keys.append(request.headers["idempotency-key"])
        if self.refuses:
            return self._send(request, 404, {"type": "unknown-dataset", "title": "no", "detail": "no such."})
        if self.away > 0:
            self.away -= 1
            return self._send(request, 503, {"type": "unconfirmed", "title": "late", "detail": "late."})
        receipts: list[dict[str, object]] = []
        for nth, event in enumerate(events):
            if self.takes(nth):
                self.taken[event] += 1
                at = {"topic": "t", "partition": 0, "offset": 1, "event_id": event.decode()}
                receipts.append({"index": nth, "status": "accepted", **at})
            else:
                receipts.append({"index": nth, "status": "not_taken", "event_id": event.decode()})
        return self._send(request, 200, {"dataset": "d", "version": "1.0.0", "receipts": receipts})

    def _send(self, request: BaseHTTPRequestHandler, status: int, said: object) -> None:
        content = orjson.dumps(said)
        request.send_response(status)
        request.send_header("content-length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)


@pytest.fixture
def door() -> Generator[Door]:
    door = Door()
    yield door
    door.server.shutdown()
    door.server.server_close()


def _sender(door: Door, rate: float = 200, start_at: float | None = None) -> EventSender:
    events, start_at = (str(nth).encode() for nth in itertools.count()), start_at or time.time()
    return EventSender(door.url, "key", "d", events, rate=rate, batch=10, start_at=start_at)


def _run(sender: EventSender, seconds: float) -> None:
    with sender:
        never = threading.Event()
        never.wait(seconds)
        sender.end()
        late = time.monotonic() + 10
        while not sender.done and time.monotonic() < late:
            never.wait(0.02)
        sender.check()


def test_what_was_due_before_the_end_is_written_however_late(door: Door) -> None:
    began = time.time() - 1  # a second behind from the beginning
    sender = EventSender(
        door.url,
        "key",
        "d",
        (str(nth).encode() for nth in itertools.count()),
        rate=200,
        batch=10,
        start_at=began,
    )
    _run(sender, 0.0)

    assert max(one.due for one in sender.writes) > began + 0.9
    assert not sender.is_taken_up(time.time()), "it is over"


def test_everything_that_was_acknowledged_is_named_once_in_the_order_of_the_schedule(door: Door) -> None:
    sender = _sender(door)
    _run(sender, 0.5)

    assert {one.identity.encode() for one in sender.writes} == set(door.taken)
    dues = sorted({one.due for one in sender.writes})
    assert [round(due - dues[0], 3) for due in dues] == [round(nth * 0.05, 3) for nth in range(len(dues))]
    assert len(dues) > 1
    assert all(one.acked >= one.due for one in sender.writes)
    assert sender.lost_hope == []


def test_a_batch_without_an_answer_is_sent_again_until_it_is_acknowledged(door: Door) -> None:
    door.away = 3
    sender = _sender(door)
    _run(sender, 0.5)

    assert {one.identity for one in sender.writes} == {str(nth) for nth in range(len(sender.writes))}
    assert len(sender.writes) >= 10
    assert max(Counter(door.keys).values()) >= 2  # under the same key


def test_of_a_batch_that_was_taken_in_part_the_rest_is_sent_again(door: Door) -> None:
    door.takes = lambda nth: nth % 2 == 0
    sender = _sender(door, rate=50)
    _run(sender, 0.3)

    assert {one.identity for one in sender.writes} == {str(nth) for nth in range(len(sender.writes))}
    assert set(door.taken.values()) == {1}


def test_a_sender_that_is_refused_says_so_and_tries_again(door: Door) -> None:
    door.refuses = True
    sender = _sender(door)
    with sender:
        late = time.monotonic() + 10
        while not sender.refusals and time.monotonic() < late:
            threading.Event().wait(0.02)
        door.refuses = False
        while not sender.writes and time.monotonic() < late:
            threading.Event().wait(0.02)

    assert "no such." in sender.refusals[0]
    assert sender.writes
