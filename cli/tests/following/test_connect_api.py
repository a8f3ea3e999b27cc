"""What Connect says to a new connector; the rest of its interface is used in the system tests."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import orjson
import pytest
from tidelake.cli.following.connect_api import ConnectApi
from tidelake.cli.following.problems import ConnectAway, ConnectorRefused
from tidelake.local.freeports import free_ports
from tidelake.runtime.errors import Transient

INVALID = (
    "Connector configuration is invalid and contains the following 1 error(s):\\n"
    'Error while validating connector config: FATAL: password authentication failed for user "lake_shop"'
)


@contextmanager
def connect_that_answers_a_put(status: int, message: str) -> Generator[str]:
    """A worker that knows no connector, and says this to every new one; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(404, "Connector cdc.planes not found")

        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self._answer(status, message)

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None: ...

        def _answer(self, status: int, message: str) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(orjson.dumps({"error_code": status, "message": message}))

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_connector_that_connect_refuses_is_not_tried_again_and_all_is_shown(status: int) -> None:
    with connect_that_answers_a_put(status, INVALID) as url, pytest.raises(ConnectorRefused) as refused:
        ConnectApi(url).put("cdc.planes", {"tasks.max": "1"})
    assert INVALID in str(refused.value)
    assert f"cdc.planes ({status})" in str(refused.value)
    assert not isinstance(refused.value, Transient)


@pytest.mark.parametrize(("status", "said"), [(409, "taking up its connectors"), (500, "answers 500")])
def test_a_connect_that_can_not_take_one_now_is_asked_again_later(status: int, said: str) -> None:
    with connect_that_answers_a_put(status, "timed out") as url, pytest.raises(ConnectAway, match=said):
        ConnectApi(url).put("cdc.planes", {"tasks.max": "1"})


def test_a_connect_that_is_away_is_named() -> None:
    [port] = free_ports(1)
    with pytest.raises(ConnectAway, match=rf"http://127.0.0.1:{port} does not answer"):
        ConnectApi(f"http://127.0.0.1:{port}").status("cdc.planes")
