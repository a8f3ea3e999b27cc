"""Random steps on a table, each a transaction or two that overlap, in memory or in a PostgreSQL.

PostgreSQL gives a change its place in the log when it is written, and sends transactions in the order of
their commits: the steps make the two orders differ, on one key as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Generic, Protocol, TypeVar

from tidelake.testkit.changes.columns import Key, Row, is_toasted
from tidelake.testkit.changes.random_rows import keys_of, random_row
from tidelake.testkit.changes.tables import FollowedTable

T = TypeVar("T")


class ChangingTable(Protocol[T]):
    """A table that transactions change, several at once. `T` is a transaction.

    A change that would have to wait for another transaction is written all the same, and done once that one
    has ended.
    """

    @property
    def table(self) -> FollowedTable: ...

    @property
    def rows(self) -> Mapping[Key, Row]:
        """What is committed."""
        ...

    def begin(self) -> T: ...

    def insert(self, tx: T, row: Row) -> None: ...

    def delete(self, tx: T, key: Key) -> None: ...

    def update(self, tx: T, before: Row, after: Row) -> None:
        """Writes the columns that differ; the key may."""
        ...

    def commit(self, tx: T) -> None: ...

    def roll_back(self, tx: T) -> None: ...


class Steps(Generic[T]):
    """Draws steps on a few keys. `odd`: the share of new rows that the contract refuses."""

    def __init__(self, random: Random, source: ChangingTable[T], keys: int = 6, odd: float = 0.1) -> None:
        self.odd = odd
        self.kinds: Mapping[Callable[[], None], int] = {
            self._write: 10,
            self._change_key: 2,
            self._overlap: 2,
            self._overlap_by_key: 2,
            self._interleave: 1,
            self._roll_back: 1,
        }
        """How often each is drawn."""
        self._random = random
        self._source = source
        self._table = source.table
        self._keys = keys_of(self._table, keys)

    def step(self, more: Mapping[Callable[[], None], int] | None = None) -> None:
        """One of a random kind, or of those that somebody adds."""
        kinds = {**self.kinds, **(more or {})}
        self._random.choices(list(kinds), list(kinds.values()))[0]()

    def write_all_anew(self) -> None:
        """Every row gets new values that the contract takes: what was refused is healed."""
        tx = self._source.begin()
        for key, row in self._source.rows.items():
            self._source.update(tx, row, random_row(self._random, self._table, key, odd=0.0))
        self._source.commit(tx)

    def _new(self, key: Key) -> Row:
        return random_row(self._random, self._table, key, self.odd)

    def _write(self) -> None:
        """A transaction of one to three statements, now and then about one key."""
        tx = self._source.begin()
        self._write_in(tx, self._random.choices(self._keys, k=self._random.randrange(1, 4)))
        self._source.commit(tx)

    def _roll_back(self) -> None:
        """The same, and nothing of it stays."""
        tx = self._source.begin()
        self._write_in(tx, self._random.choices(self._keys, k=2))
        self._source.roll_back(tx)

    def _write_in(self, tx: T, keys: list[Key]) -> None:
        rows = dict(self._source.rows)
        for key in keys:
            row = rows.get(key)
            if row is None:
                rows[key] = self._new(key)
                self._source.insert(tx, rows[key])
            elif self._random.random() < 0.3:
                del rows[key]
                self._source.delete(tx, key)
            else:
                rows[key] = self._updated(row, key)
                self._source.update(tx, row, rows[key])

    def _updated(self, row: Row, key: Key) -> Row:
        new = self._new(key)
        changed = [name for name in new if self._random.random() < 0.4]
        return {**row, **{name: new[name] for name in changed}}

    def _change_key(self) -> None:
        """To a key that is free."""
        free = [key for key in self._keys if key not in self._source.rows]
        if free and (rows := self._movable()):
            tx, row = self._source.begin(), self._random.choice(rows)
            self._source.update(tx, row, self._with_key(row, self._random.choice(free)))
            self._source.commit(tx)

    def _overlap(self) -> None:
        """Two transactions on one key, of which the one that wrote first commits last: its insert waits for
        the other's delete."""
        if not self._source.rows:
            return
        key = self._random.choice(list(self._source.rows))
        first, second = self._source.begin(), self._source.begin()
        self._source.delete(first, key)
        self._source.insert(second, self._new(key))
        self._source.insert(first, self._new(key))
        self._source.delete(first, key)
        self._source.commit(first)
        self._source.commit(second)

    def _overlap_by_key(self) -> None:
        """The same, by a row that becomes the deleted one: its new key waits."""
        rows = self._movable()
        if not rows or len(self._source.rows) < 2:
            return
        row = self._random.choice(rows)
        old = self._table.key_of(row)
        key = self._random.choice([one for one in self._source.rows if one != old])
        first, second = self._source.begin(), self._source.begin()
        self._source.delete(first, key)
        self._source.update(second, row, self._with_key(row, key))
        self._source.insert(first, self._new(key))
        self._source.delete(first, key)
        self._source.commit(first)
        self._source.commit(second)

    def _interleave(self) -> None:
        """Two transactions on keys of their own, which take turns; the one that began last commits first."""
        keys = self._random.sample(self._keys, 4)
        first, second = self._source.begin(), self._source.begin()
        for one, other in zip(keys[:2], keys[2:], strict=True):
            self._write_in(first, [one])
            self._write_in(second, [other])
        self._source.commit(second)
        self._source.commit(first)

    def _movable(self) -> list[Row]:
        """Rows whose key may change: a long value would be left out of the insert, and lost (unless updates
        leave nothing out)."""
        rows = self._source.rows.values()
        if self._table.whole_before:
            return list(rows)
        return [row for row in rows if not any(is_toasted(*one) for one in row.items())]

    def _with_key(self, row: Row, key: Key) -> Row:
        return {**row, **dict(zip(self._table.key, key, strict=True))}
