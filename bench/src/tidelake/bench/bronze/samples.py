"""Records of an exact size out of real events, so that they compress as real ones do."""

from collections.abc import Sequence

SAMPLES = 20_000
"""More than fit into one Parquet page of a payload column, so that none is seen twice within one."""


def samples(events: Sequence[bytes], size: int, count: int = SAMPLES) -> list[bytes]:
    """`count` payloads of exactly `size` bytes: neighbouring events, a line each, the last one cut.

    Payloads start at different events while there are enough of them. Bronze takes any bytes, so that a cut
    event is as good as a whole one.
    """
    if not events or not any(events):
        raise ValueError("no events, no samples")
    return [_sample(events, first, size) for first in range(count)]


def _sample(events: Sequence[bytes], first: int, size: int) -> bytes:
    lines: list[bytes] = []
    length = 0
    while length < size:
        line = events[(first + len(lines)) % len(events)] + b"\n"
        lines.append(line)
        length += len(line)
    return b"".join(lines)[:size]
