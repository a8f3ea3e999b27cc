"""Which transactions a commit of offset ranges carries: the one rule that keeps rows from being doubled."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tidelake.tables.bronze_table import TokenMoved
from tidelake.tables.positions import OffsetRange, Source


def moved_tokens(
    path: str, token_of: Callable[[Source], int | None], ranges: Mapping[Source, OffsetRange]
) -> Mapping[str, int]:
    """Delta application id -> transaction version, for a commit of these ranges on the handle of `token_of`.

    A source's version becomes the range's end. One without a token also keeps the range's first offset as
    the first covered one. Raises TokenMoved if a range does not start at its source's token.
    """
    moved: dict[str, int] = {}
    for source, offsets in ranges.items():
        token = token_of(source)
        if token is None:
            moved[source.first_app_id] = offsets.first
        elif token != offsets.first:
            raise TokenMoved(path, source, token, offsets)
        moved[source.app_id] = offsets.end
    return moved
