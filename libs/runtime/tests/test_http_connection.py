"""What a raw socket may do to the HTTP server of a service."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI, Request
from tidelake.runtime.http import serving
from tidelake.runtime.http_connection import MAX_HEAD_BYTES, BoundedConnection

HEAD = b"POST /echo HTTP/1.1\r\nHost: x\r\n"


@pytest.fixture
def head_timeout_s(monkeypatch: pytest.MonkeyPatch) -> float:
    monkeypatch.setattr(BoundedConnection, "head_timeout_s", 0.2)
    return 0.2


@pytest.fixture
def gone() -> asyncio.Event:
    """Whether a request to /wait has learnt that its sender has gone."""
    return asyncio.Event()


@pytest.fixture
async def port(app: FastAPI) -> AsyncIterator[int]:
    async with serving(app, "127.0.0.1", 0) as port:
        yield port


@pytest.fixture
async def answering_port(app: FastAPI) -> AsyncIterator[int]:
    async with serving(app, "127.0.0.1", 0, answers_half_closed=True) as port:
        yield port


@pytest.fixture
def app(gone: asyncio.Event) -> FastAPI:
    app = FastAPI()

    @app.post("/echo")
    async def echo(request: Request) -> int:
        return len(await request.body())

    @app.post("/slow")
    async def slow(request: Request) -> int:
        size = len(await request.body())
        await asyncio.sleep(0.5)
        return size

    @app.post("/wait")
    async def wait(request: Request) -> None:
        await request.body()
        while (await request.receive())["type"] != "http.disconnect":
            pass
        gone.set()

    return app


async def everything(port: int, *pieces: bytes, pause: float = 0.0, eof: bool = False) -> bytes:
    """What comes back until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def send() -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)
        if eof:
            writer.write_eof()

    sending = asyncio.create_task(send())
    try:
        return await asyncio.wait_for(reader.read(), 10)
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        writer.close()


def head_of(size: int) -> bytes:
    """A whole head of exactly so many bytes, of a request without a body whose connection then ends."""
    start, end = HEAD + b"Content-Length: 0\r\nConnection: close\r\nX-A: ", b"\r\n\r\n"
    return start + b"a" * (size - len(start) - len(end)) + end


async def test_a_head_of_the_largest_size_is_taken_and_a_byte_more_is_431(port: int) -> None:
    assert (await everything(port, head_of(MAX_HEAD_BYTES))).startswith(b"HTTP/1.1 200")
    answer = await everything(port, head_of(MAX_HEAD_BYTES + 1))
    assert answer.startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n")
    problem = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert problem["type"] == "urn:tidelake:problem:head-too-large"
    assert "65536 bytes" in problem["detail"]


@pytest.mark.parametrize(
    "piece",
    [b"a" * 10_000, b"a: b\r\n" * 2_000, b"\r\n" * 5_000],
    ids=["one header", "many headers", "nothing but line ends"],
)
async def test_a_head_that_never_ends_is_431_although_its_sender_goes_on(port: int, piece: bytes) -> None:
    begun = b"" if piece.startswith(b"\r") else HEAD + b"X-A: "
    answer = await everything(port, begun, *[piece] * 200)
    assert answer.startswith(b"HTTP/1.1 431")


async def test_an_address_that_never_ends_is_431(port: int) -> None:
    assert (await everything(port, b"POST /", *[b"a" * 10_000] * 20)).startswith(b"HTTP/1.1 431")


async def test_a_body_of_any_size_and_framing_is_no_head(port: int) -> None:
    size = 3_000_000
    plain = HEAD + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % size
    assert (await everything(port, plain, b"x" * size)).endswith(b"\r\n\r\n3000000")
    chunks = b"1\r\nx\r\n" * 50_000 + b"0\r\n\r\n"
    chunked = HEAD + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    assert (await everything(port, chunked, chunks)).endswith(b"\r\n\r\n50000")


async def test_trailers_that_never_end_are_read_no_further(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX-A: ")
    for _ in range(20):
        writer.write(b"a" * 10_000)
    writer.write(b"\r\n\r\n")
    writer.write_eof()
    assert await asyncio.wait_for(reader.read(), 5) == b""
    writer.close()


async def test_heads_in_one_go_are_each_taken(port: int) -> None:
    one = HEAD + b"Content-Length: 50000\r\nX-A: " + b"a" * 20_000 + b"\r\n\r\n" + b"x" * 50_000
    last = one.replace(b"X-A", b"Connection: close\r\nX-A")
    assert (await everything(port, one * 5 + last)).count(b"HTTP/1.1 200") == 6


@pytest.mark.usefixtures("head_timeout_s")
async def test_a_head_that_drips_is_408_after_the_time_for_a_head(port: int) -> None:
    began = asyncio.get_running_loop().time()
    answer = await everything(port, HEAD, *[b"X-A: a\r\n"] * 100, pause=0.05)
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"urn:tidelake:problem:slow-head" in answer
    assert asyncio.get_running_loop().time() - began < 3
    assert (await everything(port, *[b"\r\n"] * 100, pause=0.05)).startswith(b"HTTP/1.1 408")


@pytest.mark.usefixtures("head_timeout_s")
async def test_the_time_for_a_head_ends_with_it(port: int) -> None:
    head = HEAD.replace(b"echo", b"slow") + b"Content-Length: 4\r\nConnection: close\r\n\r\n"
    answer = await everything(port, head[:20], head[20:] + b"a", b"b", b"c", b"d", pause=0.1)
    assert answer.endswith(b"\r\n\r\n4")


@pytest.mark.usefixtures("head_timeout_s")
async def test_a_head_behind_a_request_under_way_is_not_late(port: int) -> None:
    first = HEAD.replace(b"echo", b"slow") + b"Content-Length: 1\r\n\r\na"
    second = HEAD + b"Content-Length: 2\r\nConnection: close\r\n\r\nbc"
    answer = await everything(port, first, second[:30], b"", second[30:], pause=0.15)
    assert answer.count(b"HTTP/1.1 200") == 2


@pytest.mark.parametrize("size", [3, 200_000])
async def test_a_sender_that_closes_its_side_has_gone(port: int, gone: asyncio.Event, size: int) -> None:
    request = HEAD.replace(b"echo", b"wait") + b"Content-Length: %d\r\n\r\n" % size + b"x" * size
    assert await everything(port, request, eof=True) == b""
    await asyncio.wait_for(gone.wait(), 5)


async def test_where_it_is_to_be_answered_it_gets_its_answer(answering_port: int) -> None:
    port = answering_port
    for path, size in ((b"echo", 3), (b"slow", 3), (b"slow", 200_000)):
        request = HEAD.replace(b"echo", path) + b"Content-Length: %d\r\n\r\n" % size + b"x" * size
        answer = await everything(port, request, eof=True)
        assert answer.startswith(b"HTTP/1.1 200"), (path, size)
        assert answer.endswith(b"\r\n\r\n%d" % size)


async def test_a_sender_that_closes_its_side_in_the_middle_gets_none(answering_port: int) -> None:
    port = answering_port
    assert await everything(port, HEAD + b"Content-Length: 3\r\n\r\nx", eof=True) == b""
    assert await everything(port, HEAD, eof=True) == b""
    assert await everything(port, eof=True) == b""
