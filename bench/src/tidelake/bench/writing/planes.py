"""Changes of the table of planes, each told from all others by the time that the application writes."""

from collections import deque
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

TABLE = "app.planes"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_MADE_UP_KEPT = 20


class PlaneChanges:
    """Transactions over the planes in turn. In each, one plane that nobody made is entered, and an earlier
    one of those is struck off; all others are updated."""

    def __init__(self, tail_numbers: Sequence[str]) -> None:
        """`tail_numbers`: planes that are in the table, at least as many as a transaction changes."""
        self._tails = tail_numbers
        self._next = 0
        self._made_up = 0
        self._entered: deque[str] = deque()

    def transaction(self, changes: int, at: datetime) -> tuple[str, Sequence[str]]:
        """SQL that may run twice, and the identities of the rows that it writes (a delete writes none).

        Raises ValueError for more changes than there are planes.
        """
        if not 2 <= changes <= len(self._tails):
            raise ValueError(f"a transaction has 2 to {len(self._tails)} changes, not {changes}")
        entered = f"N{self._made_up % 100_000:05d}ZZ"  # no real one starts with a zero, nor comes so far
        self._made_up += 1
        self._entered.append(entered)
        gone = self._entered.popleft() if len(self._entered) > _MADE_UP_KEPT else None
        tails = [self._tail() for _ in range(changes - (1 if gone is None else 2))]
        times = [at + nth * _MICROSECOND for nth in range(len(tails) + 1)]
        rows = ", ".join(
            f"('{tail}', timestamptz '{time.isoformat()}')"
            for tail, time in zip(tails, times[1:], strict=True)
        )
        sql = [
            f"insert into {TABLE} (tailnum, type, manufacturer, model, engines, seats, engine, changed_at) "
            f"values ('{entered}', 'Fixed wing multi engine', 'NOBODY', 'NONE', 2, 100, 'Turbo-fan', "
            f"timestamptz '{times[0].isoformat()}') on conflict (tailnum) do update "
            "set changed_at = excluded.changed_at;"
        ]
        if tails:
            sql.append(
                f"update {TABLE} p set seats = p.seats % 1000 + 1, changed_at = v.at "
                f"from (values {rows}) v(tailnum, at) where p.tailnum = v.tailnum;"
            )
        if gone is not None:
            sql.append(f"delete from {TABLE} where tailnum = '{gone}';")
        written = [plane_identity(tail, time) for tail, time in zip([entered, *tails], times, strict=True)]
        return "\n".join(sql), written

    def _tail(self) -> str:
        self._next += 1
        return self._tails[(self._next - 1) % len(self._tails)]


def plane_identity(tail_number: str, changed_at: datetime) -> str:
    """Of the state of a plane, whole to the microsecond."""
    return f"{tail_number}@{(changed_at - _EPOCH) // _MICROSECOND}"


def change_identity(value: bytes | None) -> str | None:
    """Of the state that Debezium's envelope says the row has now; None for what leaves no row."""
    if value is None:
        return None
    envelope: Mapping[str, Any] = orjson.loads(value)
    after: Mapping[str, Any] | None = envelope["after"]
    if after is None:
        return None
    return plane_identity(after["tailnum"], datetime.fromisoformat(after["changed_at"]))
