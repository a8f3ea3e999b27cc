"""Bodies made whole again, and never much larger than allowed while it is done."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Protocol

import zstandard

_GZIP_WRAPPER = 31
_GZIP_SLICE = 64 * 1024
# zstd writes at most 128 KiB for 4 bytes of input, so that a slice makes at most 32 MiB before it is looked
# at; gzip is told how much it may write.
_ZSTD_SLICE = 1024
_ZSTD_MAX_WINDOW = 8 * 1024 * 1024  # what RFC 8878 asks a receiver to support
# Each frame costs more than its bytes: a body of empty ones would keep the door busy for minutes.
_MAX_FRAMES = 1000


class BrokenCompression(ValueError):
    """The bytes are not what their encoding says, or end too early."""


class TooLarge(ValueError):
    """More comes out than allowed."""


class _Frame(Protocol):
    """One frame (gzip: member) while it is read. Not to be used once `eof` is True."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class _ZstdFrame:
    """zstd's decompressor, which can't be told how much it may write."""

    def __init__(self) -> None:
        self._frame = zstandard.ZstdDecompressor(max_window_size=_ZSTD_MAX_WINDOW).decompressobj()

    @property
    def eof(self) -> bool:
        return self._frame.eof

    @property
    def unused_data(self) -> bytes:
        return self._frame.unused_data

    def decompress(self, data: bytes, _max_length: int, /) -> bytes:
        return self._frame.decompress(data)


_CODECS: dict[str, tuple[Callable[[], _Frame], int]] = {
    "gzip": (lambda: zlib.decompressobj(_GZIP_WRAPPER), _GZIP_SLICE),
    "zstd": (_ZstdFrame, _ZSTD_SLICE),
}


def decompressed(body: bytes, encoding: str, max_bytes: int) -> bytes:
    """What `body` holds; encoding is "gzip", "zstd" or "identity". Several frames in a row are one body.

    Raises TooLarge as soon as more than `max_bytes` have come out, BrokenCompression.
    """
    if encoding == "identity":
        return body
    new_frame, slice_bytes = _CODECS[encoding]
    pieces: list[bytes] = []
    at, left, frames = 0, max_bytes, 0
    try:
        while at < len(body):
            frame, frames = new_frame(), frames + 1
            if frames > _MAX_FRAMES:
                raise BrokenCompression(f"it has more than {_MAX_FRAMES} frames")
            while not frame.eof:
                if at >= len(body):
                    raise BrokenCompression("it ends in the middle")
                piece = frame.decompress(body[at : at + slice_bytes], left + 1)
                at = min(at + slice_bytes, len(body))
                left -= len(piece)
                if left < 0:
                    raise TooLarge
                pieces.append(piece)
            at -= len(frame.unused_data)
    except (zlib.error, zstandard.ZstdError) as error:
        raise BrokenCompression(str(error)) from error
    return b"".join(pieces)
