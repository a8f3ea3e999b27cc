"""Asking by HTTP."""

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

from tidelake.local.freeports import free_ports
from tidelake.local.http_health import http_unready


@contextmanager
def answering(status: int, body: bytes) -> Generator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/readyz"


def test_200_is_ready() -> None:
    with answering(200, b"") as url:
        assert http_unready(url) is None


def test_the_reasons_of_components_are_passed_on() -> None:
    components = {"kafka": {"ok": False, "reason": "no broker"}, "store": {"ok": True, "reason": ""}}
    report = {"components": components}
    with answering(503, json.dumps(report).encode()) as url:
        assert http_unready(url) == f"{url} answers 503 (kafka: no broker)"


def test_an_answer_in_other_words_is_told_by_its_status() -> None:
    with answering(500, b"oops") as url:
        assert http_unready(url) == f"{url} answers 500"


def test_nobody_there_is_told_by_the_kind_of_failure() -> None:
    url = f"http://127.0.0.1:{free_ports(1)[0]}/"
    assert http_unready(url) == f"{url} does not answer (ConnectError)"
