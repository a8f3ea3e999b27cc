"""Toy engines that are real processes, and a Maven repository on a local port."""

import sys
import threading
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tidelake.local.home import Home
from tidelake.local.process import stop_all
from tidelake.local.program import Port, Program


@dataclass
class ToyEngine:
    """A Python program as an engine; it can serve once the file `ready` exists in the home."""

    name: str
    home: Home
    code: str
    start_timeout: timedelta = timedelta(seconds=20)
    stop_timeout: timedelta = timedelta(seconds=20)
    ports: Sequence[Port] = ()

    @property
    def sign(self) -> Path:
        return self.home.root / f"{self.name}.ready"

    def prepare(self) -> Program:
        self.home.make()
        prelude = "import os, pathlib, signal, subprocess, sys, time\n"
        prelude += f"ready = pathlib.Path({str(self.sign)!r})\n"
        return Program(
            command=[sys.executable, "-u", "-c", prelude + self.code],
            start_timeout=self.start_timeout,
            stop_timeout=self.stop_timeout,
            remark="a toy",
        )

    def unready(self) -> str | None:
        return None if self.sign.exists() else "it has not made its file yet"


@pytest.fixture
def home(tmp_path: Path) -> Generator[Home]:
    """A state folder; what a test leaves running in it is ended."""
    home = Home(tmp_path / "home")
    home.make()
    yield home
    stop_all(home, force=lambda: True)


@pytest.fixture
def toy(home: Home) -> Callable[..., ToyEngine]:
    """Makes toy engines: `toy("name")` serves at once and obeys SIGTERM; `code=` says otherwise."""

    def make(name: str = "toy", code: str = "ready.touch(); time.sleep(60)", **more: object) -> ToyEngine:
        return ToyEngine(name, home, code, **more)  # type: ignore[arg-type]

    return make


@dataclass
class MavenServer:
    """Serves `files` by path; `cut` sends only so many bytes, `held` waits before the last one."""

    url: str
    files: dict[str, bytes] = field(default_factory=dict[str, bytes])
    cut: int | None = None
    held: threading.Event | None = None
    asked: list[str] = field(default_factory=list[str])


@pytest.fixture
def maven_server() -> Generator[MavenServer]:
    """A repository that is empty at first."""
    served = MavenServer("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked.append(self.path)
            content = served.files.get(self.path.lstrip("/"))
            if content is None:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: served.cut if served.cut is not None else len(content) - 1])
            self.wfile.flush()
            if served.held:
                served.held.wait(20)
            if served.cut is None:
                self.wfile.write(content[-1:])

        def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    served.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield served
    finally:
        if served.held:
            served.held.set()
        server.shutdown()
        server.server_close()
