"""A connection of the HTTP server: uvicorn's, with what it leaves open to strangers closed."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES = 64 * 1024
HEAD_TIMEOUT = timedelta(seconds=10)
_LINGER_S = 2.0  # so long a refused sender may send on, to no effect, while it reads the answer


class BoundedConnection(HttpToolsProtocol):
    """Bounds a request's head in size (431) and in time (408). Who closes its side has gone, and the request
    with it (http.disconnect).

    The size is that of anything that is neither body nor its framing by the piece, so that trailers behind a
    body are bounded too. A head behind another request on the same connection may be up to twice as large.
    The time runs from a head's first bytes to its last, while no request before it is under way. A connection
    on which nothing comes is closed after uvicorn's timeout_keep_alive, from its beginning on.
    """

    head_timeout_s = HEAD_TIMEOUT.total_seconds()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._idle_bytes = 0  # fed to the parser since it last came upon the end of a head or a piece of body
        self._in_head = True
        self._head_timer: asyncio.TimerHandle | None = None
        self._refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_head_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        while data and not self._refused and not self.transport.is_closing():
            room = MAX_HEAD_BYTES - self._idle_bytes
            if room == 0:
                self._refuse(
                    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
                    f"The request's head is larger than {MAX_HEAD_BYTES} bytes.",
                    "Send a shorter address and fewer or shorter headers; events go in the body.",
                )
                return
            piece, data = data[:room], data[room:]
            self._idle_bytes += len(piece)
            super().data_received(piece)
        if self._in_head and self._idle_bytes and self._head_timer is None and not self._refused:
            self._start_head_timer()

    def on_headers_complete(self) -> None:
        self._idle_bytes, self._in_head = 0, False
        self._stop_head_timer()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._idle_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._idle_bytes, self._in_head = 0, True
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._head_timer is not None:  # while the answer was due, this side may have read no further
            self._start_head_timer()

    def _answer_due(self) -> bool:
        return not getattr(self.cycle, "response_complete", True)  # there is no cycle before the first head

    def _head_is_late(self) -> None:
        self._head_timer = None
        if self._answer_due():
            self._start_head_timer()
            return
        self._refuse(
            HTTPStatus.REQUEST_TIMEOUT,
            f"The request's head did not arrive within {self.head_timeout_s:g} s.",
            "Send it again, all of it at once.",
        )

    def _start_head_timer(self) -> None:
        self._stop_head_timer()
        self._head_timer = self.loop.call_later(self.head_timeout_s, self._head_is_late)

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _refuse(self, status: HTTPStatus, detail: str, next_step: str) -> None:
        """Answers, unless the answer to an earlier request is due: that is then the last."""
        self._refused = True
        self._stop_head_timer()
        if self.transport.is_closing():
            return
        if self._answer_due():
            self.cycle.keep_alive = False
            return
        problem = {
            "type": f"urn:tidelake:problem:{'slow-head' if status == 408 else 'head-too-large'}",
            "title": status.phrase,
            "status": status.value,
            "detail": detail,
            "next_step": next_step,
        }
        content = orjson.dumps(problem)
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: application/problem+json\r\n"
            f"content-length: {len(content)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + content)
        # Closed at once, the sender would see a broken connection in place of the answer.
        self.loop.call_later(_LINGER_S, self.transport.close)
        self.transport.write_eof()


class AnsweringConnection(BoundedConnection):
    """Answers a sender that has closed its side, too: what it sent may be kept, and it would not know.

    Who closed both sides looks the same until the answer is written, so this is not for requests whose work
    is in vain once nobody waits.
    """

    def eof_received(self) -> bool | None:  # type: ignore[override]
        if not self._answer_due() or self.cycle.more_body:
            return None
        self.cycle.keep_alive = False
        return True
