"""Answers that are sent before the body was read."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send


class LingeringResponse(Response):
    """An answer whose sender may still be sending. The connection is closed afterwards, but only when the
    sender has stopped: it would otherwise see a broken connection in place of the answer."""

    def __init__(self, *args: Any, linger: timedelta, max_bytes: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._linger_s = linger.total_seconds()
        self._max_bytes = max_bytes
        self.headers["connection"] = "close"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        if b"expect" not in dict(scope["headers"]):  # such a sender waits for the answer before its body
            await self._drain(receive)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _drain(self, receive: Receive) -> None:
        left = self._max_bytes
        try:
            async with asyncio.timeout(self._linger_s):
                while left > 0:
                    message = await receive()
                    left -= len(message.get("body", b""))
                    if message["type"] != "http.request" or not message.get("more_body", False):
                        return
        except TimeoutError:
            return
