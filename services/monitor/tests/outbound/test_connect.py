"""What Kafka Connect answers, over HTTP."""

from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import orjson
import pytest
from monitor.outbound.connect import ConnectReader, ConnectSilent
from tidelake.streams.connectors import ConnectorStatus

RUNNING = {"state": "RUNNING", "worker_id": "127.0.0.1:18120"}


@contextmanager
def connect_that_says(status: int, content: object) -> Generator[str]:
    """To one question; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/connectors?expand=status" else 404)
            self.end_headers()
            self.wfile.write(orjson.dumps(content))

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_all_connectors_come_with_one_question() -> None:
    failed = {"id": 0, "state": "FAILED", "trace": "no such slot", "worker_id": "127.0.0.1:18120"}
    said = {
        name: {"status": {"name": name, "connector": RUNNING, "tasks": [task], "type": "source"}}
        for name, task in (("cdc.planes", {"id": 0, **RUNNING}), ("cdc.airports", failed))
    }
    with connect_that_says(200, said) as url:
        found = ConnectReader(url).connectors()
    assert found == {
        "cdc.planes": ConnectorStatus("running"),
        "cdc.airports": ConnectorStatus("failed", "no such slot"),
    }


@pytest.mark.parametrize(("status", "content"), [(500, {}), (200, []), (200, {"cdc.planes": {"status": 1}})])
def test_what_is_no_answer_is_told_as_silence(status: int, content: object) -> None:
    with connect_that_says(status, content) as url, pytest.raises(ConnectSilent, match="does not answer"):
        ConnectReader(url).connectors()
    with pytest.raises(ConnectSilent, match="does not answer"):
        ConnectReader(url).connectors()  # it has ended
