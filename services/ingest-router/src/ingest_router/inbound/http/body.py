"""A request's body: whole, in time, decompressed, and never larger than allowed at any moment."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from starlette.requests import ClientDisconnect, Request

from ingest_router.core import refusals
from ingest_router.core.decompression import BrokenCompression, TooLarge, decompressed
from ingest_router.core.inflight import Charge
from ingest_router.core.limits import Limits

_ENCODINGS = ("identity", "gzip", "zstd")


async def read_body(
    request: Request, limits: Limits, timeout: timedelta, charge: Charge, retry_after: timedelta
) -> bytes:
    """The body as it was sent. Raises RequestRefused; the rest of the body is then unread.

    What has arrived is charged, not what was announced: who announces much and sends nothing keeps nobody
    out. When room runs out in the middle, the request is refused at once and gives back what it had: if it
    waited, bodies that are half there would wait for each other.
    """
    announced = _content_length(request)
    if announced > limits.max_body_bytes:
        raise refusals.body_too_large(f"its body has {announced} bytes", limits.max_body_bytes)
    if not charge.has_room(announced):  # now: what can't be kept need not be sent
        raise refusals.no_memory_left(retry_after)
    try:
        async with asyncio.timeout(timeout.total_seconds()):
            return await _read(request, limits.max_body_bytes, charge, retry_after)
    except TimeoutError:
        raise refusals.slow_body(timeout) from None
    except ClientDisconnect:
        raise refusals.cut_off() from None


def decoded_body(body: bytes, encoding: str, limits: Limits, charge: Charge, retry_after: timedelta) -> bytes:
    """The body as its sender wrote it before compressing it. Raises RequestRefused."""
    if encoding == "identity":
        return body
    try:
        whole = decompressed(body, encoding, limits.max_body_bytes)
    except TooLarge:
        seen = f"its {len(body)} bytes decompress to more"
        raise refusals.body_too_large(seen, limits.max_body_bytes) from None
    except BrokenCompression as error:
        raise refusals.malformed(
            f"The body is not {encoding}, although Content-Encoding says so: {error}.",
            "Compress the whole body, or leave the header out.",
        ) from error
    _take(charge, len(whole), retry_after)
    return whole


async def _read(request: Request, max_bytes: int, charge: Charge, retry_after: timedelta) -> bytes:
    body = bytearray()  # not a list: a million pieces of a byte would take more than their bytes
    async for piece in request.stream():
        if len(body) + len(piece) > max_bytes:
            raise refusals.body_too_large(f"its body has more than {max_bytes} bytes", max_bytes)
        _take(charge, len(piece), retry_after)
        body += piece
    return bytes(body)


def _take(charge: Charge, size: int, retry_after: timedelta) -> None:
    if not charge.take(size):
        raise refusals.no_memory_left(retry_after)


def content_encoding(request: Request) -> str:
    """identity, gzip or zstd. Raises RequestRefused."""
    given = request.headers.get("content-encoding", "identity")
    encoding = given.strip().lower().removeprefix("x-")
    if encoding not in _ENCODINGS:
        raise refusals.unsupported_encoding(given)
    return encoding


def _content_length(request: Request) -> int:
    """0 when there is none: it then comes in chunks."""
    text = request.headers.get("content-length", "0")
    return int(text) if text.isdecimal() else 0
