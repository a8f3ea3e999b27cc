"""Changes of rows, written by transactions into the stack's PostgreSQL."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from tidelake.bench.writing.planes import PlaneChanges
from tidelake.bench.writing.write import Sender, Write
from tidelake.local.psql import PostgresLogin, QueryFailed

EVERY_S = 0.5  # a transaction; each is a process of psql
_WITHIN = timedelta(seconds=20)
_AGAIN_S = 0.5


class ChangeSender(Sender):
    """A transaction twice a second. One that PostgreSQL does not confirm is written again, and the ones
    behind it follow at once."""

    def __init__(
        self, postgres: PostgresLogin, database: str, changes: PlaneChanges, *, rate: float, start_at: float
    ) -> None:
        super().__init__()
        self._postgres = postgres
        self._database = database
        self._changes = changes
        self._each = max(2, round(rate * EVERY_S))
        self._start_at = start_at

    def work(self) -> None:
        """One transaction after the other, each when it is due."""
        nth = 0
        while self.is_taken_up(due := self._start_at + nth * EVERY_S):
            sql, written = self._changes.transaction(self._each, datetime.fromtimestamp(due, UTC))
            self._commit(sql, written, due)
            nth += 1

    def _commit(self, sql: str, written: Sequence[str], due: float) -> None:
        while True:
            try:
                self._postgres.tell(self._database, sql, _WITHIN)
            except QueryFailed as error:
                if self.abandoned.wait(_AGAIN_S):
                    self.lost_hope += [str(error)] * len(written)
                    return
                continue
            now = time.time()
            self.writes += [Write(identity, due, now) for identity in written]
            return
