import gzip
import random
import zlib

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from ingest_router.core.decompression import BrokenCompression, TooLarge, decompressed

ENCODINGS = ["gzip", "zstd"]
COMPRESS = {"gzip": gzip.compress, "zstd": zstandard.ZstdCompressor().compress}


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(body=st.binary(max_size=4000))
def test_what_was_compressed_comes_out_again(encoding: str, body: bytes) -> None:
    assert decompressed(COMPRESS[encoding](body), encoding, len(body)) == body


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_several_frames_in_a_row_are_one_body(encoding: str) -> None:
    frames = COMPRESS[encoding](b'{"a":1}\n') + COMPRESS[encoding](b'{"a":2}\n')
    assert decompressed(frames, encoding, 100) == b'{"a":1}\n{"a":2}\n'


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_one_byte_more_than_allowed_is_refused(encoding: str) -> None:
    with pytest.raises(TooLarge):
        decompressed(COMPRESS[encoding](b"x" * 1001), encoding, 1000)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_limit_counts_all_frames_together(encoding: str) -> None:
    with pytest.raises(TooLarge):
        decompressed(COMPRESS[encoding](b"x" * 600) * 2, encoding, 1000)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_body_that_ends_in_the_middle_is_broken(encoding: str) -> None:
    with pytest.raises(BrokenCompression):
        decompressed(COMPRESS[encoding](b"some text " * 100)[:-6], encoding, 10_000)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("body", [b"not compressed at all", b"\x00" * 40])
def test_what_is_not_compressed_is_broken(encoding: str, body: bytes) -> None:
    with pytest.raises(BrokenCompression):
        decompressed(body, encoding, 10_000)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_junk_behind_a_frame_is_broken(encoding: str) -> None:
    with pytest.raises(BrokenCompression):
        decompressed(COMPRESS[encoding](b"good") + b"junk junk junk junk", encoding, 10_000)


def test_a_gzip_bomb_is_refused_after_the_limit_and_not_after_its_gigabyte() -> None:
    packer = zlib.compressobj(9, wbits=31)
    zeros = bytes(1024 * 1024)
    bomb = b"".join(packer.compress(zeros) for _ in range(256)) + packer.flush()
    with pytest.raises(TooLarge):
        decompressed(bomb, "gzip", 1024 * 1024)


def test_a_zstd_bomb_is_refused_after_the_limit_and_not_after_its_gigabyte() -> None:
    packer = zstandard.ZstdCompressor(level=19).compressobj()
    zeros = bytes(1024 * 1024)
    bomb = b"".join(packer.compress(zeros) for _ in range(256)) + packer.flush()
    with pytest.raises(TooLarge):
        decompressed(bomb, "zstd", 1024 * 1024)


def test_a_zstd_window_that_no_receiver_must_have_is_refused() -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=27)
    packer = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    body = packer.compress(b"x" * 1000) + packer.flush()
    with pytest.raises(BrokenCompression):
        decompressed(body, "zstd", 10_000)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_body_of_a_hundred_thousand_empty_frames_is_refused_soon(encoding: str) -> None:
    with pytest.raises(BrokenCompression, match="more than 1000 frames"):
        decompressed(COMPRESS[encoding](b"") * 100_000, encoding, 10_000)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_large_bodies_that_do_not_compress_come_out_again(encoding: str) -> None:
    body = random.Random(7).randbytes(1_000_000)
    assert decompressed(COMPRESS[encoding](body) * 3, encoding, 3_000_000) == body * 3
