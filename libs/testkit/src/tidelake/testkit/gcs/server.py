"""The sockets around the core: read a request to its end, let the core answer, send the answer."""

import asyncio
import time
from contextlib import suppress

from aiohttp import web
from tidelake.testkit.gcs.control import PATHS, control
from tidelake.testkit.gcs.core import Admitted, Core
from tidelake.testkit.gcs.exchange import Request, Response, split_target
from tidelake.testkit.gcs.request_log import Entry

_READ_BUFFER = 1 << 20
_STOP_TIMEOUT = 5.0  # seconds that calls under way have to end


class Server:
    """Serves the core on one address until it is closed."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._closing = asyncio.Event()
        server = web.Server(self._handle, access_log=None, read_bufsize=_READ_BUFFER)
        self._runner = web.ServerRunner(server, shutdown_timeout=_STOP_TIMEOUT)

    async def listen(self, host: str, port: int) -> int:
        """Serves from now on and gives the port; 0 takes a free one. Raises OSError if it is taken."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port, backlog=512)
        await site.start()
        return self._runner.addresses[0][1]

    async def close(self) -> None:
        """Lets calls under way end, then closes all connections. Waits that a test asked for end at once."""
        self._closing.set()
        await self._runner.cleanup()

    async def _handle(self, incoming: web.BaseRequest) -> web.Response:
        started = time.perf_counter()
        path, query = split_target(incoming.raw_path)
        headers = {name.lower(): value for name, value in incoming.headers.items()}
        body = await incoming.content.read() if incoming.can_read_body else b""
        request = Request(incoming.method, path, query, headers, body)
        if path in PATHS:
            return _outgoing(control(self._core, request))
        admitted = self._core.admit(request)
        response = await self._answer(admitted)
        outcome = "cut" if response is None else str(response.status)
        milliseconds = round((time.perf_counter() - started) * 1000, 3)
        self._core.log.note(Entry(admitted.name, outcome, request.method, path, milliseconds))
        if response is None:
            _cut(incoming)
            return web.Response(status=500)  # goes nowhere: the connection is closed
        return _outgoing(response)

    async def _answer(self, admitted: Admitted) -> Response | None:
        """None where the connection shall be cut. The waits stand outside the one step of work."""
        verdict = admitted.verdict
        if verdict.wait_before:
            await self._wait(verdict.wait_before)
        if verdict.cut_before:
            return None
        response = self._core.answer(admitted)
        if verdict.wait_after:
            await self._wait(verdict.wait_after)
        return None if verdict.cut_after else response

    async def _wait(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), seconds)


def _outgoing(response: Response) -> web.Response:
    # The core's headers are complete; aiohttp adds the date and the length.
    return web.Response(status=response.status, headers=response.headers, body=response.body or None)


def _cut(incoming: web.BaseRequest) -> None:
    if incoming.transport is not None:
        incoming.transport.abort()
