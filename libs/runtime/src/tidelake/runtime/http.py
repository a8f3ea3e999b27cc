"""HTTP of a service: health and metrics for all, and two ways to serve: beside a loop, or as the loop."""

import asyncio
import os
import socket
import threading
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta

import uvicorn
from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from tidelake.runtime.errors import LakeError, Terminal
from tidelake.runtime.health import Health
from tidelake.runtime.http_connection import AnsweringConnection, BoundedConnection
from tidelake.runtime.ports import listen
from tidelake.runtime.shutdown import StopSignal
from tidelake.runtime.telemetry import Telemetry


class ServerFailed(LakeError, Terminal):
    """The HTTP server ended or never began, although nobody stopped it."""


def health_app(health: Health, telemetry: Telemetry, title: str, version: str) -> FastAPI:
    """An app with /livez, /readyz (503 and the reasons when not ready) and /metrics, to add routes to."""
    app = FastAPI(title=title, version=version)

    async def livez() -> Response:
        return JSONResponse(health.report(), 200 if health.live() else 503)

    async def readyz() -> Response:
        return JSONResponse(health.report(), 200 if health.ready() else 503)

    def metrics() -> Response:
        # Not async: reading the process' figures takes milliseconds that the event loop must not wait for.
        return Response(telemetry.prometheus_text(), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    app.add_api_route("/livez", livez, include_in_schema=False)
    app.add_api_route("/readyz", readyz, include_in_schema=False)
    app.add_api_route("/metrics", metrics, include_in_schema=False)
    return app


@contextmanager
def serve_in_thread(
    app: FastAPI,
    host: str,
    port: int,
    setting: str = "the HTTP port",
    stop_timeout: timedelta = timedelta(seconds=2),
) -> Generator[int]:
    """Serves in a thread of its own while the context is open, for services whose loop is no event loop.

    Yields the port (of use with port 0). Raises PortTaken naming `setting`. Takes no signal.
    """
    with listen(host, port, setting) as listener:
        server = _Server(_config(app, stop_timeout))
        thread = threading.Thread(
            target=server.run, kwargs={"sockets": [listener]}, name="http-server", daemon=True
        )
        thread.start()
        try:
            server.wait_started(thread)
            yield int(listener.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join(stop_timeout.total_seconds() + 3)


@asynccontextmanager
async def serving(
    app: FastAPI,
    host: str,
    port: int,
    setting: str = "the HTTP port",
    stop_timeout: timedelta = timedelta(seconds=30),
    *,
    answers_half_closed: bool = False,
) -> AsyncGenerator[int]:
    """Serves in this event loop while the context is open; leaving it stops listening and lets the requests
    under way finish, at most `stop_timeout`. Yields the port. Raises PortTaken naming `setting`.

    Whoever closes its side of the connection has gone; with `answers_half_closed` it still gets its answer.
    """
    with listen(host, port, setting) as listener:
        bound = int(listener.getsockname()[1])
        connection = AnsweringConnection if answers_half_closed else BoundedConnection
        server = _Server(_config(app, stop_timeout, connection))
        task = asyncio.create_task(server.serve(sockets=[listener]), name="http-server")
        try:
            while not server.started:
                if task.done():
                    raise ServerFailed(
                        f"The HTTP server on {host}:{bound} did not start."
                    ) from task.exception()
                await asyncio.sleep(0.01)
            yield bound
        finally:
            server.should_exit = True
            await task


async def serve(
    app: FastAPI,
    host: str,
    port: int,
    stop: StopSignal,
    setting: str = "the HTTP port",
    stop_timeout: timedelta = timedelta(seconds=30),
) -> None:
    """Serves in this event loop until a stop is requested, then finishes the requests under way."""
    async with serving(app, host, port, setting, stop_timeout):
        await stop_requested(stop)


async def stop_requested(stop: StopSignal) -> None:
    """Waits, without a thread, until a stop is requested."""
    loop = asyncio.get_running_loop()
    asked = asyncio.Event()
    # Its own descriptor, because a loop keeps one reader for each: two may wait at once.
    descriptor = os.dup(stop.fileno())
    loop.add_reader(descriptor, asked.set)
    try:
        await asked.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


class _Server(uvicorn.Server):
    """uvicorn, without its taking over of the process' signals."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._ready = threading.Event()

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready.set()

    def wait_started(self, thread: threading.Thread) -> None:
        while not self._ready.wait(0.1):
            if not thread.is_alive():
                raise ServerFailed("The HTTP server did not start; the log line before this one says why.")


def _config(
    app: FastAPI, stop_timeout: timedelta, connection: type[BoundedConnection] = BoundedConnection
) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=connection,
        ws="none",
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_keep_alive=30,
        timeout_graceful_shutdown=max(1, round(stop_timeout.total_seconds())),
        server_header=False,
    )
