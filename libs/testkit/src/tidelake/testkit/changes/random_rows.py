"""Random rows of the workload's tables, and the few keys that they go by."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from tidelake.testkit.changes.columns import Key, Row
from tidelake.testkit.changes.tables import FollowedTable

_BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
_CODES = ("plain", 'é "|" \\', "a,b\t'c'")
_KEY_VALUES: Mapping[str, Callable[[int], Any]] = {
    "order_id": lambda nth: 1 + nth // 2,
    "line_no": lambda nth: nth % 2,
    "day": lambda nth: date(1969, 12, 31) + timedelta(days=nth // 4),
    "code": lambda nth: _CODES[nth % len(_CODES)],
    "seen_at": lambda nth: _BEGAN + timedelta(microseconds=nth * 100),
}


def keys_of(table: FollowedTable, number: int) -> Sequence[Key]:
    """So many different keys, always the same."""
    return [tuple(_KEY_VALUES[name](nth) for name in table.key) for nth in range(number)]


def random_row(random: Random, table: FollowedTable, key: Key, odd: float = 0.1) -> Row:
    """A row with this key, now and then with a long value; the contract refuses a share `odd` of them."""
    row = {
        "order_id": random.randrange(-(2**63), 2**63),
        "line_no": random.randrange(-(2**31), 2**31),
        "code": _maybe(random, random.choice(_CODES)),
        "price": Decimal(random.randrange(-(10**11), 10**11)).scaleb(-2),
        "seen_at": _BEGAN + timedelta(microseconds=random.randrange(10**15)),
        "local_at": _maybe(random, _BEGAN + timedelta(seconds=random.randrange(10**8))),
        "day": _maybe(random, date(1970, 1, 1) + timedelta(days=random.randrange(30000))),
        "profile": _maybe(random, _profile(random)),
        "tags": _maybe(random, [random.choice(["x", "y,z", None]) for _ in range(random.randrange(3))]),
        "sizes": _maybe(random, [random.randrange(100), None]),
        "prices": _maybe(random, [Decimal(random.randrange(10**6)).scaleb(-2), None]),
        "grade": "odd" if random.random() < odd else random.choice(["low", "mid", "high", None]),
        "raw": random.randbytes(random.randrange(5)),
        "uid": UUID(int=random.getrandbits(128)),
        "note": f"{random.randrange(1000)}",
        "ok": _maybe(random, random.random() < 0.5),
        "ratio": _maybe(random, random.uniform(-1e6, 1e6)),
    }
    return {**row, **_long(random), **dict(zip(table.key, key, strict=True))}


def _profile(random: Random, more: str = "") -> str:
    """As PostgreSQL prints jsonb: what it prints is what Debezium sends."""
    return f'{{"a": [1, 2.50], "n": {random.randrange(100)}{more}}}'


def _long(random: Random) -> Row:
    """One value, of every third row, that is too long to lie in the row; each differs from all others."""
    if random.random() > 0.3:
        return {}
    text = f"{random.getrandbits(64):x} " + "é" * 2500
    return random.choice(
        [
            {"profile": _profile(random, f', "text": "{text}"')},
            {"tags": [text, None, "x"]},
            {"sizes": [random.randrange(2**31) for _ in range(700)]},
            {"raw": random.randbytes(3000)},
            {"note": text},
        ]
    )


def _maybe(random: Random, value: Any) -> Any:
    return None if random.random() < 0.2 else value
