"""Bodies made whole again, and never larger than allowed while it is done."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Protocol

import zstandard

# zstd writes at most 128 KiB for 4 bytes of input, so a slice of this size makes 32 MiB at most before it is
# looked at; gzip can be bounded exactly.
_ZSTD_SLICE = 1024
_ZSTD_MAX_WINDOW = 8 * 1024 * 1024  # what RFC 8878 asks a receiver to support
_GZIP_WRAPPER = 31


class BrokenCompression(ValueError):
    """The bytes are not what their encoding says, or end too early."""


class TooLarge(ValueError):
    """More comes out than allowed."""


class _Stream(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...


def decompressed(body: bytes, encoding: str, max_bytes: int) -> bytes:
    """What `body` holds; encoding is "gzip", "zstd" or "identity". Several frames in a row are one body.

    Raises TooLarge as soon as more than `max_bytes` have come out, BrokenCompression.
    """
    if encoding == "identity":
        return body
    inflate = {"gzip": _gunzip, "zstd": _unzstd}[encoding]
    pieces: list[bytes] = []
    left = max_bytes
    while body:
        left, body = inflate(body, left, pieces.append)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _gunzip(body: bytes, left: int, emit: Callable[[bytes], object]) -> tuple[int, bytes]:
    """One member: (bytes still allowed, input behind it)."""
    stream = zlib.decompressobj(_GZIP_WRAPPER)
    try:
        piece = stream.decompress(body, left + 1)
    except zlib.error as error:
        raise BrokenCompression(str(error)) from error
    return _checked(piece, left, emit), _behind(stream)


def _unzstd(body: bytes, left: int, emit: Callable[[bytes], object]) -> tuple[int, bytes]:
    """One frame: (bytes still allowed, input behind it)."""
    stream = zstandard.ZstdDecompressor(max_window_size=_ZSTD_MAX_WINDOW).decompressobj()
    at = 0
    try:
        while at < len(body) and not stream.eof:
            left = _checked(stream.decompress(body[at : at + _ZSTD_SLICE]), left, emit)
            at += _ZSTD_SLICE
    except zstandard.ZstdError as error:
        raise BrokenCompression(str(error)) from error
    return left, _behind(stream) + body[at:]


def _checked(piece: bytes, left: int, emit: Callable[[bytes], object]) -> int:
    if len(piece) > left:
        raise TooLarge
    emit(piece)
    return left - len(piece)


def _behind(stream: _Stream) -> bytes:
    if not stream.eof:
        raise BrokenCompression("it ends in the middle")
    return stream.unused_data
