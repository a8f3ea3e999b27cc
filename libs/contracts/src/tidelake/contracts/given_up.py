"""Offsets that Kafka deleted before bronze had read them, and the word of a person that they are gone.

The writer asks for the word, `lake dataset give-up-offsets` gives it, `lake audit` goes on naming it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import msgspec
from tidelake.contracts import names
from tidelake.contracts.small_objects import MAX_WORD_BYTES, UnusableObject, usable
from tidelake.tables.objects import Objects
from tidelake.tables.positions import OffsetRange, Source

_NAME = re.compile(r"(?P<partition>[0-9]{1,9})-[0-9]{1,19}\.json")


def lost_offsets(token: int | None, log_start: int) -> OffsetRange | None:
    """What Kafka no longer has of what the table still needs; None: nothing.

    Without a token nothing is lost: reading begins at the log's start, and bronze covers nothing before it.
    """
    return OffsetRange(token, log_start) if token is not None and token < log_start else None


def gives_up(said: OffsetRange, lost: OffsetRange) -> bool:
    """Whether a person's word frees the partition: it begins at the table's token, and names nothing that can
    still be read. It may be about fewer offsets than are lost by now; then the rest is asked for again."""
    return said.first == lost.first and not said.is_empty and said.end <= lost.end


def encode_given_up(offsets: OffsetRange) -> bytes:
    """The word as its object holds it."""
    return msgspec.json.encode(offsets)


def decode_given_up(content: bytes) -> OffsetRange | None:
    """The offsets, or None if the object says nothing that can be understood."""
    try:
        return usable("given up", content, MAX_WORD_BYTES, _decode)
    except UnusableObject:
        return None


def read_given_up(objects: Objects, dataset: str, source: Source, token: int) -> OffsetRange | None:
    """What was given up from this token on, if anything. Raises StoreUnavailable, StoreRefused."""
    stored = objects.read(_path(dataset, source, token))
    return decode_given_up(stored.content) if stored else None


def read_all_given_up(objects: Objects, dataset: str, topic_id: str) -> Mapping[int, Sequence[OffsetRange]]:
    """Everything that was ever given up of one incarnation of a topic, by partition, in the order of offsets.

    What can't be understood gave nothing up and is left out. Raises StoreUnavailable, StoreRefused.
    """
    prefix = names.given_up_prefix(dataset, topic_id)
    found: dict[int, list[OffsetRange]] = {}
    for entry in objects.list(prefix):
        match = _NAME.fullmatch(entry.path.removeprefix(prefix))
        stored = objects.read(entry.path) if match else None
        said = decode_given_up(stored.content) if stored else None
        if match and said:
            found.setdefault(int(match["partition"]), []).append(said)
    return {partition: sorted(found[partition]) for partition in sorted(found)}


def give_up(objects: Objects, dataset: str, source: Source, lost: OffsetRange) -> OffsetRange:
    """Give up the lost offsets; what is given up now comes back.

    That can be fewer, where it was done before Kafka deleted more: a word that frees the partition stays as
    it is, so that giving up twice changes nothing. One that does not (such as one written by hand, and wrong)
    is replaced. Raises StoreUnavailable, StoreRefused.
    """
    path = _path(dataset, source, lost.first)
    content = encode_given_up(lost)
    while not objects.create(path, content):
        stored = objects.read(path)
        said = decode_given_up(stored.content) if stored else None
        if said and gives_up(said, lost):
            return said
        if stored is not None and objects.replace(path, content, stored.generation):
            break
    return lost


def _decode(content: bytes) -> OffsetRange:
    return msgspec.json.decode(content, type=OffsetRange)


def _path(dataset: str, source: Source, token: int) -> str:
    return names.given_up_path(dataset, source.topic_id, source.partition, token)
