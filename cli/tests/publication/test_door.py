"""The door's answer about a dataset, or the reason why there is none."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from tidelake.cli.publication.door import Serving, ask_door

ANSWERS = {
    "/v1/datasets/flights": (200, b'{"dataset":"flights","version":"1.0.0"}'),
    "/v1/datasets/unready": (503, b"{}"),
    "/v1/datasets/other": (200, b"<html>"),
    "/v1/datasets/list": (200, b"[]"),
}


class Router(BaseHTTPRequestHandler):
    """Answers as a router does, or as something else does that has its port."""

    def do_GET(self) -> None:
        status, body = ANSWERS.get(self.path, (404, b"{}"))
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


@pytest.fixture(scope="module")
def router_url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Router) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_served_dataset_has_a_version(router_url: str) -> None:
    assert ask_door(router_url, "flights") == Serving("1.0.0", "")


@pytest.mark.parametrize(
    ("dataset", "why"),
    [("unknown", "does not know"), ("unready", "503"), ("other", "does not say"), ("list", "does not say")],
)
def test_any_other_answer_is_a_reason(router_url: str, dataset: str, why: str) -> None:
    serving = ask_door(router_url, dataset)
    assert serving.version is None
    assert why in serving.why


def test_a_door_that_is_not_there_is_a_reason() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Router) as server:
        url = f"http://127.0.0.1:{server.server_port}"
    serving = ask_door(url, "flights")
    assert serving.version is None
    assert "does not answer" in serving.why
