"""A table in memory that writes a log as PostgreSQL does, and what Debezium sends of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from tidelake.testkit.changes.columns import Key, Row, is_toasted
from tidelake.testkit.changes.tables import ORDER_LINES


@dataclass(frozen=True, slots=True)
class Sent:
    """One change as Debezium sends it. The same change sent again is equal to it."""

    op: str  # r, c, u or d
    key: Key
    after: Row | None  # the whole row, also where Debezium leaves a value out
    left_out: tuple[str, ...]
    lsn: int
    tx_id: int
    commit: int  # number of the transaction or the snapshot
    new_key: Key | None = None  # of a delete that is one half of a change of the key
    old_key: Key | None = None  # of the insert that is the other half


@dataclass(slots=True)
class Transaction:
    """Changes that others see with its commit."""

    tx_id: int
    written: list[Sent] = field(default_factory=list[Sent])


class Source:
    """A table and its log. LSNs are given as changes are written; the log is read in the order of commits."""

    table = ORDER_LINES

    def __init__(self) -> None:
        self.rows: dict[Key, Row] = {}
        self.sent: list[Sent] = []
        """What Debezium has sent of all transactions, in the order of their commits."""
        self._lsn = 1000
        self._tx_id = 700
        self.commits = 0

    def begin(self) -> Transaction:
        """A transaction that writes nothing yet."""
        self._tx_id += 1
        return Transaction(self._tx_id)

    def insert(self, tx: Transaction, row: Row) -> None:
        """Adds a row."""
        tx.written.append(self._sent(tx, "c", self.table.key_of(row), row))

    def delete(self, tx: Transaction, key: Key) -> None:
        """Removes a row."""
        tx.written.append(self._sent(tx, "d", key, None))

    def update(self, tx: Transaction, before: Row, after: Row) -> None:
        """Changes a row. If its key changes, both halves have one place in the log."""
        left_out = tuple(
            name for name, value in after.items() if value == before[name] and is_toasted(name, value)
        )
        old, new = self.table.key_of(before), self.table.key_of(after)
        if old == new:
            tx.written.append(self._sent(tx, "u", new, after, left_out))
            return
        lsn = self._next_lsn()
        tx.written.append(Sent("d", old, None, (), lsn, tx.tx_id, 0, new_key=new))
        tx.written.append(Sent("c", new, after, left_out, lsn, tx.tx_id, 0, old_key=old))

    def commit(self, tx: Transaction) -> None:
        """Makes it seen, and sends it."""
        self.commits += 1
        self._lsn += 8
        sent = [replace(one, commit=self.commits) for one in tx.written]
        for one in sent:
            if one.after is None:
                del self.rows[one.key]
            else:
                self.rows[one.key] = one.after
        self.sent += sent

    def roll_back(self, tx: Transaction) -> None:
        """Nothing of it is ever sent."""
        tx.written.clear()

    def snapshot(self) -> Sequence[Sent]:
        """Every row as it is now. No transaction may be open."""
        self.commits += 1
        lsn, tx = self._next_lsn(), self.begin()
        return [Sent("r", key, row, (), lsn, tx.tx_id, self.commits) for key, row in self.rows.items()]

    def _sent(
        self, tx: Transaction, op: str, key: Key, after: Row | None, left_out: tuple[str, ...] = ()
    ) -> Sent:
        return Sent(op, key, after, left_out, self._next_lsn(), tx.tx_id, 0)

    def _next_lsn(self) -> int:
        self._lsn += 56
        return self._lsn
