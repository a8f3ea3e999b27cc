"""A table of a real PostgreSQL that the workload's steps change by transactions that overlap."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tidelake.local.psql import PostgresLogin
from tidelake.testkit.changes import sql_text
from tidelake.testkit.changes.columns import Key, Row
from tidelake.testkit.changes.tables import DATABASE, FollowedTable

from .psql_session import PsqlSession


@dataclass(slots=True)
class Open:
    """A transaction, with the rows that it leaves by key; None: none."""

    session: PsqlSession
    left: list[tuple[Key, Row | None]] = field(default_factory=list[tuple[Key, Row | None]])


class PostgresTable:
    """Knows what is committed without asking; see `reload`. For one thread."""

    def __init__(self, login: PostgresLogin, table: FollowedTable) -> None:
        self.table = table
        self.rows: dict[Key, Row] = {}
        self._login = login
        self._control = PsqlSession(login, DATABASE)
        self._idle: list[PsqlSession] = []
        self._open: list[PsqlSession] = []

    def begin(self) -> Open:
        """In a session of its own."""
        session = self._idle.pop() if self._idle else PsqlSession(self._login, DATABASE)
        self._open.append(session)
        session.ask("begin")
        return Open(session)

    def insert(self, tx: Open, row: Row) -> None:
        """See ChangingTable."""
        self._write(tx, sql_text.inserted(self.table, row))
        tx.left.append((self.table.key_of(row), row))

    def delete(self, tx: Open, key: Key) -> None:
        """See ChangingTable."""
        self._write(tx, sql_text.deleted(self.table, key))
        tx.left.append((key, None))

    def update(self, tx: Open, before: Row, after: Row) -> None:
        """See ChangingTable."""
        self._write(tx, sql_text.updated(self.table, before, after))
        tx.left += [(self.table.key_of(before), None), (self.table.key_of(after), after)]

    def commit(self, tx: Open) -> None:
        """See ChangingTable."""
        tx.session.settle()
        self._end(tx, "commit")
        for key, row in tx.left:
            if row is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = row

    def roll_back(self, tx: Open) -> None:
        """See ChangingTable."""
        self._end(tx, "rollback")

    def commit_unheard(self, tx: Open) -> None:
        """Asks for it, and does not wait for the answer."""
        tx.session.send("commit")

    def reload(self) -> None:
        """Knows what the table has now, as after a crash of the server: with new sessions."""
        self.close()
        self._control = PsqlSession(self._login, DATABASE)
        rows = map(sql_text.row_of, self._control.ask(sql_text.all_rows(self.table)))
        self.rows = {self.table.key_of(row): row for row in rows}

    def close(self) -> None:
        """Ends all sessions."""
        for session in (self._control, *self._idle, *self._open):
            session.close()
        self._idle, self._open = [], []

    def _write(self, tx: Open, sql: str) -> None:
        """Returns when it is written, though it may wait for another transaction then."""
        tx.session.send(sql)
        waiting = f"select 1 from pg_stat_activity where pid = {tx.session.pid} and wait_event_type = 'Lock'"
        while not tx.session.settled(within=0.05):
            if self._control.ask(waiting):
                return

    def _end(self, tx: Open, sql: str) -> None:
        tx.session.ask(sql)
        self._open.remove(tx.session)
        self._idle.append(tx.session)


@contextmanager
def changing(login: PostgresLogin, table: FollowedTable) -> Generator[PostgresTable]:
    """With no session left at the end."""
    changing = PostgresTable(login, table)
    try:
        yield changing
    finally:
        changing.close()
