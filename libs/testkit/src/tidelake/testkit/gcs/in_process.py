"""The emulator without a process or a socket: its core, asked directly."""

from collections.abc import Mapping
from pathlib import Path

import orjson
from tidelake.testkit.clock import FakeClock
from tidelake.testkit.gcs.attributes import Document
from tidelake.testkit.gcs.core import Core
from tidelake.testkit.gcs.exchange import Request, Response, split_target
from tidelake.testkit.gcs.handling import Lake
from tidelake.testkit.gcs.staging import Uploads
from tidelake.testkit.gcs.store import Store


class Ask:
    """Puts requests to a core: `ask("PUT /lake/a", b"content", {"header": "value"})`."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.clock = FakeClock()
        self.store = Store(directory, self.clock)
        if not self.store.has_bucket("lake"):
            self.store.create_bucket("lake")
        self.core = Core(Lake(self.store, Uploads(directory / "uploads")))

    def __call__(
        self, line: str, body: bytes | Document = b"", headers: Mapping[str, str] | None = None
    ) -> Response:
        method, _, target = line.partition(" ")
        path, query = split_target(target)
        content = body if isinstance(body, bytes) else orjson.dumps(body)
        request = Request(method, path, query, {"host": "emulator", **(headers or {})}, content)
        return self.core.answer(self.core.admit(request))

    def json(
        self, line: str, body: bytes | Document = b"", headers: Mapping[str, str] | None = None
    ) -> Document:
        """The JSON answer to a call that succeeds."""
        response = self(line, body, headers)
        _expect_success(response)
        return orjson.loads(response.body)

    def put(self, name: str, content: bytes = b"content") -> str:
        """Stores an object whatever was there, and gives its generation."""
        response = self(f"PUT /lake/{name}", content)
        _expect_success(response)
        return response.headers["x-goog-generation"]

    def content(self, name: str) -> bytes | None:
        response = self(f"GET /lake/{name}")
        return response.body if response.status == 200 else None

    def reopened(self) -> "Ask":
        """The same data after a restart."""
        self.store.close()
        return Ask(self.directory)


def _expect_success(response: Response) -> None:
    if response.status != 200:
        raise AssertionError(f"{response.status}: {response.body.decode()}")
