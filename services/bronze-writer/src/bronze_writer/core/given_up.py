"""The word of a person that offsets are lost: one small object per partition and place."""

from __future__ import annotations

import msgspec
from tidelake.tables.positions import OffsetRange, Source


class GivenUp(msgspec.Struct, frozen=True):
    """Content of the object."""

    first: int  # included: the table's token
    end: int  # not included


def given_up_path(dataset: str, source: Source, token: int) -> str:
    """The object that gives up offsets of the source from the table's token on."""
    return f"contracts/{dataset}/given-up/{source.topic_id}/{source.partition}-{token}.json"


def decode_given_up(content: bytes) -> OffsetRange | None:
    """The offsets, or None if the object says nothing that can be understood."""
    try:
        given_up = msgspec.json.decode(content, type=GivenUp)
        return OffsetRange(given_up.first, given_up.end)
    except (msgspec.DecodeError, ValueError):
        return None
