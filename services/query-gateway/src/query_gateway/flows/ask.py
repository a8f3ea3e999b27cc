"""One question: who asks, what may be asked, of which versions; then Trino's rows, as many as are wanted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

import structlog
from tidelake.runtime.clock import Clock
from tidelake.runtime.shutdown import Deadline
from tidelake.tables.errors import StoreRefused, StoreUnavailable

from query_gateway.core import refusals
from query_gateway.core.as_of import check_names, check_past
from query_gateway.core.binding import bound
from query_gateway.core.columns import Column, Row
from query_gateway.core.guard import Checked, check
from query_gateway.core.question import Limits, Question
from query_gateway.core.refusals import QuestionRefused
from query_gateway.core.rules import USER_PREFIX
from query_gateway.metrics import GatewayMetrics
from query_gateway.outbound.catalogue import Catalogue
from query_gateway.outbound.trino import Statement, Trino
from query_gateway.outbound.versions import TableVersions

log = structlog.get_logger()

T = TypeVar("T")

_LONG_SQL_CHARS = 5_000


class Answer:
    """Rows of one question, read page by page and never again. To be closed by whoever has it.

    Rows beyond `max_rows` are not read: `cut` is then true, and the query is ended in Trino.
    """

    def __init__(
        self, statement: Statement, question: Question, versions: Mapping[str, int], deadline: Deadline
    ) -> None:
        self._statement = statement
        self._max_rows = question.max_rows
        self._timeout = question.timeout
        self._deadline = deadline
        self._waiting: Sequence[Row] = ()
        self.versions = versions
        self.rows = 0
        """How many were given so far."""
        self.cut = False

    @property
    def query_id(self) -> str:
        """Trino's."""
        return self._statement.query_id

    @property
    def bytes_read(self) -> int:
        """Of what Trino sent for it so far, as JSON."""
        return self._statement.bytes_read

    @property
    def columns(self) -> tuple[Column, ...]:
        """Known once the answer is open."""
        return self._statement.columns

    async def open(self) -> None:
        """Returns when the first rows are there, or surely none will come. Raises QuestionRefused."""
        self._waiting = self._statement.begun()
        while not self._waiting and not self._statement.done:
            self._waiting = await self._in_time(self._statement.step())

    async def take(self) -> Sequence[Row]:
        """The next rows, as many as Trino gives at once; none at the end. Raises QuestionRefused."""
        while not self._waiting and not self._statement.done:
            self._waiting = await self._in_time(self._statement.step())
        taken, self._waiting = self._waiting, ()
        if self.rows + len(taken) > self._max_rows:
            taken = taken[: self._max_rows - self.rows]
            self.cut = True
            self.close()
        self.rows += len(taken)
        return taken

    def close(self) -> None:
        """Ends the query in Trino, unless it has ended. May be called again."""
        self._statement.cancel()

    async def _in_time(self, step: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(self._deadline.remaining().total_seconds()):
                return await step
        except TimeoutError:
            self.close()
            raise refusals.time_limit(self._timeout, self.query_id) from None


@dataclass(frozen=True)
class Desk:
    """Where questions come in. For one event loop."""

    catalogue: Catalogue
    versions: TableVersions
    trino: Trino
    limits: Limits
    clock: Clock
    retry_after: timedelta
    metrics: GatewayMetrics
    open_answers: set[Answer] = field(default_factory=set[Answer])

    def enter(self, authorization: str | None) -> str:
        """The asker's role. Raises QuestionRefused."""
        if closed := self.catalogue.why_closed():
            raise refusals.not_ready(closed, self.retry_after)
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise refusals.no_api_key()
        role = self.catalogue.role_of(token.strip())
        if role is None:
            raise refusals.unknown_api_key()
        if not self.catalogue.visible(role):
            raise refusals.reads_nothing(role)
        return role

    async def ask(self, role: str, question: Question) -> Answer:
        """Checks, pins and begins; the answer is open, with its columns, and must be given back to `leave`.
        Raises QuestionRefused."""
        began = self.clock.monotonic()
        deadline = Deadline(question.timeout, self.clock)
        # A long text takes up to seconds to be read, which nobody else shall wait for.
        is_long = len(question.sql) > _LONG_SQL_CHARS
        checked = await asyncio.to_thread(check, question.sql) if is_long else check(question.sql)
        try:
            async with asyncio.timeout(deadline.remaining().total_seconds()):
                versions = await self._versions(role, checked, question)
        except TimeoutError:
            raise refusals.time_limit(question.timeout) from None
        except (StoreUnavailable, StoreRefused) as error:
            log.warning("versions_not_read", role=role, message=str(error))
            raise refusals.store_away(str(error), self.retry_after) from error
        sql = bound(checked.pinned(versions), checked.parameters, question.parameters)
        prepared = self.clock.monotonic()
        try:
            async with asyncio.timeout(deadline.remaining().total_seconds()):
                statement = await self.trino.start(
                    sql, f"{USER_PREFIX}{role}", question.timeout, question.trace
                )
        except TimeoutError:
            raise refusals.time_limit(question.timeout) from None
        answer = Answer(statement, question, versions, deadline)
        try:
            await answer.open()
        except BaseException as error:
            answer.close()
            if isinstance(error, QuestionRefused):
                self._failed(role, checked, error)
            raise
        self.open_answers.add(answer)
        log.info("query_began", query_id=answer.query_id, role=role, versions=dict(versions))
        self.metrics.began(prepared - began, self.clock.monotonic() - began)
        return answer

    def leave(self, answer: Answer) -> None:
        """What is not read by now is not wanted: the query ends in Trino, too. May be called again."""
        if answer in self.open_answers:
            self.open_answers.discard(answer)
            answer.close()
            log.info("query_ended", query_id=answer.query_id, rows=answer.rows, cut=answer.cut)
            self.metrics.ended(answer.rows)

    async def _versions(self, role: str, checked: Checked, question: Question) -> Mapping[str, int]:
        visible = self.catalogue.visible(role)
        for table in checked.tables:
            if table not in visible:
                raise refusals.unknown_table(table, visible)
        check_past(question.as_of, self.clock.now())
        check_names(question.as_of, checked.tables)
        paths = {table: visible[table] for table in checked.tables}
        found = await self.versions.resolve(paths, question.as_of)
        versions: dict[str, int] = {}
        for table, version in found.items():
            if version is None:
                raise refusals.unknown_table(table, visible)
            versions[table] = version
        return versions

    def _failed(self, role: str, checked: Checked, error: QuestionRefused) -> None:
        visible = self.catalogue.visible(role)
        for table in checked.tables:
            if path := visible.get(table):
                self.versions.forget(path)
        log.info(
            "query_failed", query_id=error.query_id, role=role, reason=error.reason, error=error.error_name
        )
