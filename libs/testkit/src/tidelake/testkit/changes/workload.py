"""A random workload on the table, and all that Debezium sends of it: repeats and late snapshots included.

`Steps` draws the steps, by a seed or by whatever else chooses; each is a few statements, which another source
than the one in memory may run as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from tidelake.testkit.changes.order_lines import Key, Row, is_sound, is_toasted
from tidelake.testkit.changes.source import Sent, Source

_BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def random_row(random: Random, key: Key) -> Row:
    """A row with this key; now and then one that the contract refuses, or with values that are long."""
    long = random.random() < 0.3
    return {
        "order_id": key[0],
        "line_no": key[1],
        "price": Decimal(random.randrange(-(10**11), 10**11)).scaleb(-2),
        "seen_at": _BEGAN + timedelta(microseconds=random.randrange(10**15)),
        "local_at": _maybe(random, _BEGAN + timedelta(seconds=random.randrange(10**8))),
        "day": _maybe(random, date(1970, 1, 1) + timedelta(days=random.randrange(30000))),
        "profile": _maybe(random, f'{{"a": [1, 2.50], "n": {random.randrange(100)}}}'),
        "tags": _maybe(random, [random.choice(["x", "y,z", None]) for _ in range(random.randrange(3))]),
        "sizes": _maybe(random, [random.randrange(100), None]),
        "prices": _maybe(random, [Decimal(random.randrange(10**6)).scaleb(-2), None]),
        "grade": "odd" if random.random() < 0.1 else random.choice(["low", "mid", "high"]),
        "raw": random.randbytes(random.randrange(5)),
        "uid": UUID(int=random.getrandbits(128)),
        "note": f"{random.randrange(1000)}" + "é" * (2100 if long else 0),
        "ok": _maybe(random, random.random() < 0.5),
        "ratio": _maybe(random, random.uniform(-1e6, 1e6)),
    }


def _maybe(random: Random, value: Any) -> Any:
    return None if random.random() < 0.2 else value


class Workload:
    """Random steps on a source, as the changes that Debezium sends."""

    def __init__(self, random: Random, keys: int = 6) -> None:
        self.source = Source()
        self.sent: list[Sent] = []
        """Everything, in Kafka's order; a repeat is the same object again."""
        self._random = random
        self._keys = [(1 + nth // 2, nth % 2) for nth in range(keys)]
        self._late: tuple[int, Sequence[Sent]] | None = None

    def run(self, steps: int) -> Sequence[Sent]:
        """So many steps, and all that is still late."""
        self.sent += self.source.snapshot()
        for number in range(steps):
            self.step(number)
        self._send_late(steps + 100)
        return self.sent

    def step(self, number: int) -> None:
        """One step of a random kind."""
        kinds: Mapping[Callable[[], None], int] = {
            self._write: 10,
            self._change_key: 2,
            self._overlap: 2,
            self._send_again: 2,
            self._snapshot: 1,
            lambda: self._snapshot_late(number): 1,
        }
        self._random.choices(list(kinds), list(kinds.values()))[0]()
        self._send_late(number)

    def _write(self) -> None:
        """A transaction of one to three statements, now and then about one key."""
        tx, rows = self.source.begin(), dict(self.source.rows)
        for key in self._random.choices(self._keys, k=self._random.randrange(1, 4)):
            row = rows.get(key)
            if row is None:
                rows[key] = random_row(self._random, key)
                self.source.insert(tx, rows[key])
            elif self._random.random() < 0.3:
                del rows[key]
                self.source.delete(tx, key)
            else:
                rows[key] = self._updated(row)
                self.source.update(tx, row, rows[key])
        self.sent += self.source.commit(tx)

    def _updated(self, row: Row) -> Row:
        new = random_row(self._random, (row["order_id"], row["line_no"]))
        changed = [name for name in new if self._random.random() < 0.4]
        return {**row, **{name: new[name] for name in changed}}

    def _change_key(self) -> None:
        """To a key that is free, of a row without long values: those would be left out of the insert."""
        free = [key for key in self._keys if key not in self.source.rows]
        rows = [row for row in self.source.rows.values() if not any(is_toasted(*one) for one in row.items())]
        if free and rows:
            tx, row, key = self.source.begin(), self._random.choice(rows), self._random.choice(free)
            self.source.update(tx, row, {**row, "order_id": key[0], "line_no": key[1]})
            self.sent += self.source.commit(tx)

    def _overlap(self) -> None:
        """Two transactions on one key, of which the one that wrote first commits last: its insert waits for
        the other's delete."""
        if not self.source.rows:
            return
        key = self._random.choice(list(self.source.rows))
        first, second = self.source.begin(), self.source.begin()
        self.source.delete(first, key)
        self.source.insert(second, random_row(self._random, key))
        self.source.insert(first, random_row(self._random, key))
        self.source.delete(first, key)
        self.sent += self.source.commit(first)
        self.sent += self.source.commit(second)

    def _send_again(self) -> None:
        """Connect is killed, and begins again at the last offsets that it kept."""
        back = self._random.randrange(1, 30)
        self.sent += self.sent[-back:]

    def _snapshot(self) -> None:
        self.sent += self.source.snapshot()

    def _snapshot_late(self, number: int) -> None:
        """One that is taken now and sent later."""
        if self._late is None:
            self._late = number + self._random.randrange(1, 6), self.source.snapshot()

    def _send_late(self, number: int) -> None:
        if self._late is not None and self._late[0] <= number:
            self.sent += self._late[1]
            self._late = None


class Expected:
    """What silver should say, told from the source's side: without offsets, and without places in a log."""

    def __init__(self) -> None:
        self.rows: dict[Key, Row] = {}
        self._stale: set[Key] = set()  # a change of theirs is in quarantine
        self._commit: dict[Key, int] = {}  # of the newest change
        self._seen: set[int] = set()

    def outcomes(self, sent: Sequence[Sent]) -> Iterator[str]:
        """Of each in its order."""
        for one in sent:
            yield self._outcome(one)
            self._seen.add(id(one))

    def _outcome(self, sent: Sent) -> str:
        if id(sent) in self._seen:
            return "duplicate"
        is_late, self._commit[sent.key] = self._is_late(sent), max(sent.commit, self._commit.get(sent.key, 0))
        if sent.after is not None and not is_sound(sent.after):
            self._stale.add(sent.key)
            return "quarantined"
        if is_late:
            return "superseded"
        if sent.left_out and (sent.key in self._stale or sent.key not in self.rows):
            self._stale.add(sent.key)
            return "quarantined"
        was_there = self.rows.pop(sent.key, None) is not None
        self._stale.discard(sent.key)
        if sent.after is None:
            return "deleted"
        self.rows[sent.key] = sent.after
        return "updated" if was_there else "inserted"

    def _is_late(self, sent: Sent) -> bool:
        """Whether a snapshot was taken before a change of the key that came before it."""
        return sent.op == "r" and sent.commit < self._commit.get(sent.key, 0)
