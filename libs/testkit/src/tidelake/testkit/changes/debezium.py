"""Changes as Kafka's records, as Debezium 3.7 writes them with the lake's settings."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from tidelake.testkit.changes.columns import LEFT_OUT, Key, by_debezium
from tidelake.testkit.changes.source import Sent
from tidelake.testkit.changes.tables import ORDER_LINES

_COMMITTED_MS = 1_767_225_600_000
"""2026-01-01: transaction 0 committed then, and each further one a second later."""

Header = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """One record of the topic."""

    partition: int
    key: bytes | None
    value: bytes | None
    headers: tuple[Header, ...]
    sent: Sent | None  # None: a tombstone, or no change of a row


def messages(sent: Sequence[Sent], partitions: int = 2) -> Iterator[Message]:
    """The records, in the order in which Debezium sends them: a key's always to one partition."""
    for one in sent:
        key = _json(_key(one.key))
        partition, headers = crc32(key) % partitions, _headers(one)
        yield Message(partition, key, _json(envelope(one)), headers, one)
        if one.op == "d":
            yield Message(partition, key, None, headers, None)


def truncate(partition: int = 0) -> Message:
    """What is sent when the table is emptied."""
    value = {"before": None, "after": None, "source": _source(9000, 900, 9), "op": "t", "ts_ms": 1}
    return Message(partition, None, _json(value), (), None)


def envelope(sent: Sent) -> dict[str, Any]:
    """The value of a change. Of a deleted row there is the key alone (replica identity DEFAULT)."""
    after = None
    before = None
    if sent.after is None:
        before = {**_key(sent.key), "price": None, "note": None}
    else:
        after = {
            name: LEFT_OUT[name] if name in sent.left_out else by_debezium(value)
            for name, value in sent.after.items()
        }
    snapshot = "true" if sent.op == "r" else "false"
    return {
        "before": before,
        "after": after,
        "source": {**_source(sent.lsn, sent.tx_id, sent.commit), "snapshot": snapshot},
        "transaction": None,
        "op": sent.op,
        "ts_ms": _COMMITTED_MS,
        "ts_us": _COMMITTED_MS * 1000,
        "ts_ns": _COMMITTED_MS * 1_000_000,
    }


def _source(lsn: int, tx_id: int, commit: int) -> dict[str, Any]:
    at = _COMMITTED_MS + 1000 * commit
    return {
        "version": "3.7.0.Final",
        "connector": "postgresql",
        "name": "cdc.shop",
        "ts_ms": at,
        "snapshot": "false",
        "db": "shop",
        "sequence": f'["{lsn}","{lsn}"]',
        "ts_us": at * 1000,
        "ts_ns": at * 1_000_000,
        "schema": "app",
        "table": "order_lines",
        "txId": tx_id,
        "lsn": lsn,
        "xmin": None,
        "origin": None,
        "origin_lsn": None,
    }


def _headers(sent: Sent) -> tuple[Header, ...]:
    context = {"connectorLogicalName": b"cdc.shop", "taskId": b"0", "connectorName": b"pg-shop"}
    found = [{"key": f"__debezium.context.{name}", "value": value} for name, value in context.items()]
    for name, key in (("newkey", sent.new_key), ("oldkey", sent.old_key)):
        if key is not None:
            found.append({"key": f"__debezium.{name}", "value": _json(_key(key))})
    return tuple(found)


def _key(key: Key) -> dict[str, int]:
    return dict(zip(ORDER_LINES.key, key, strict=True))


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
