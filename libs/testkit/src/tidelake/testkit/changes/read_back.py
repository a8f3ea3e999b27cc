"""A topic's records as the changes that they are: what Debezium sent again is the same object again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from tidelake.testkit.changes.columns import LEFT_OUT, Key
from tidelake.testkit.changes.source import Sent
from tidelake.testkit.changes.tables import FollowedTable

_OF_KEYS: Mapping[str, Callable[[Any], Any]] = {
    "seen_at": datetime.fromisoformat,
    "day": lambda text: date.fromisoformat(text.removesuffix("Z")),
}


def read_back(
    table: FollowedTable, records: Iterable[tuple[bytes | None, bytes | None]]
) -> Iterator[Sent | None]:
    """Of each key and value in Kafka's order; None for what is no change of a row. Rows after a change are as
    Debezium spells them. Snapshots count as taken when they come."""
    known: dict[tuple[Key, int, int, str], Sent] = {}
    for key, value in records:
        if key is None or value is None:
            yield None
            continue
        change: Mapping[str, Any] = json.loads(value)
        one = _sent(key_of(table, key), change)
        yield known.setdefault((one.key, one.lsn, one.tx_id, one.op), one)


def key_of(table: FollowedTable, key: bytes) -> Key:
    """The primary key that a record's key says."""
    found: Mapping[str, Any] = json.loads(key)
    return tuple(_OF_KEYS.get(name, lambda value: value)(found[name]) for name in table.key)


def _sent(key: Key, change: Mapping[str, Any]) -> Sent:
    after: Mapping[str, Any] | None = change["after"]
    left_out = tuple(name for name, form in LEFT_OUT.items() if after and after[name] == form)
    source = change["source"]
    return Sent(change["op"], key, after, left_out, source["lsn"], source["txId"], commit=0)
