"""Reads what the doors counted: the newest count of each router run and address on `ingest-counts`."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from tidelake.contracts.names import INGEST_COUNTS
from tidelake.streams.topics import Topics

from .counts import DoorCount
from .kafka_reader import read_topic
from .living import SignsOfLife


class _Count(msgspec.Struct):
    """One message of `ingest-counts`."""

    dataset: str  # as senders address it
    run_id: str
    instance: str
    seq: int
    received: int
    acknowledged: int
    refused: Mapping[str, int]
    unconfirmed: int
    at: datetime
    final: bool = False
    major: int | None = None


def read_door(bootstrap: str, topics: Topics, signs: SignsOfLife) -> Mapping[str, Sequence[DoorCount]]:
    """Newest count of each run, by address. Counts are cumulative, so the newest of a run says all of it."""
    newest: dict[tuple[str, str], _Count] = {}
    for message in read_topic(bootstrap, topics, INGEST_COUNTS.name):
        value = message.value()
        if value is None:
            continue
        count = msgspec.json.decode(value, type=_Count)
        known = newest.get((count.run_id, count.dataset))
        if known is None or known.seq < count.seq:
            newest[count.run_id, count.dataset] = count
    by_address: dict[str, list[DoorCount]] = {}
    for count in newest.values():
        by_address.setdefault(count.dataset, []).append(
            DoorCount(
                dataset=count.dataset,
                major=count.major,
                run_id=count.run_id,
                instance=count.instance,
                received=count.received,
                acknowledged=count.acknowledged,
                refused=count.refused,
                unconfirmed=count.unconfirmed,
                final=count.final,
                lives=signs.lives(count.instance, count.at),
            )
        )
    return by_address
