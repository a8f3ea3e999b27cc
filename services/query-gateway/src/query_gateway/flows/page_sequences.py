"""Answers that are read page by page over several requests, and ended when nobody comes for the next page."""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import structlog
from tidelake.runtime.clock import Clock

from query_gateway.core import refusals
from query_gateway.core.columns import Column, Row
from query_gateway.flows.ask import Answer, Desk

log = structlog.get_logger()

_LOOK = timedelta(seconds=1)
MOST_PAGE_BYTES = 8 * 1024**2
"""A page ends once Trino has sent so much for it, which comes in parts of up to 16 MiB."""
MOST_OPEN = 32
"""Answers of one role that are read page by page at the same time."""


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of an answer. `next_number` is None at its last page."""

    sequence: str
    number: int
    rows: Sequence[Row]
    next_number: int | None
    query_id: str
    columns: tuple[Column, ...]
    versions: dict[str, int]
    cut: bool


@dataclass(slots=True)
class _Sequence:
    id: str
    role: str
    answer: Answer
    page_rows: int
    used_at: float
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: deque[Row] = field(default_factory=deque[Row])
    page: Page | None = None  # the newest one, for who did not get it


class PageSequences:
    """Kept by this process alone. For one event loop."""

    def __init__(self, desk: Desk, clock: Clock, idle_timeout: timedelta) -> None:
        self._desk = desk
        self._clock = clock
        self._idle_s = idle_timeout.total_seconds()
        self._open: dict[str, _Sequence] = {}

    async def begin(self, role: str, answer: Answer, page_rows: int) -> Page:
        """The first page. Raises QuestionRefused; then the answer is left."""
        if sum(sequence.role == role for sequence in self._open.values()) >= MOST_OPEN:
            self._desk.leave(answer)
            raise refusals.too_many_open(role, MOST_OPEN, self._desk.retry_after)
        sequence = _Sequence(secrets.token_hex(16), role, answer, page_rows, self._clock.monotonic())
        self._open[sequence.id] = sequence
        async with sequence.lock:  # else it would seem idle while its first rows are still to come
            return await self._turn(sequence, 0)

    async def page(self, role: str, sequence_id: str, number: int) -> Page:
        """The next page, or the newest one again. Raises QuestionRefused."""
        sequence = self._find(role, sequence_id)
        async with sequence.lock:
            newest = sequence.page
            if newest is not None and number == newest.number:
                sequence.used_at = self._clock.monotonic()
                return newest
            if newest is None or number != newest.next_number or sequence.id not in self._open:
                raise refusals.unknown_query()
            return await self._turn(sequence, number)

    def cancel(self, role: str, sequence_id: str) -> None:
        """Raises QuestionRefused."""
        self._end(self._find(role, sequence_id))

    def end_idle(self) -> None:
        """Ends what nobody came back for."""
        now = self._clock.monotonic()
        for sequence in list(self._open.values()):
            if not sequence.lock.locked() and now - sequence.used_at > self._idle_s:
                log.info("query_abandoned", query_id=sequence.answer.query_id, role=sequence.role)
                self._end(sequence)

    async def run(self) -> None:
        """Ends idle ones for ever; cancel it to end it."""
        while True:
            self.end_idle()
            await asyncio.sleep(_LOOK.total_seconds())

    def _find(self, role: str, sequence_id: str) -> _Sequence:
        sequence = self._open.get(sequence_id)
        if sequence is None or sequence.role != role:
            raise refusals.unknown_query()
        return sequence

    async def _turn(self, sequence: _Sequence, number: int) -> Page:
        """One row more than the page has is read, to know whether there is a next one. A page of large rows
        has fewer of them than were asked for."""
        answer, waiting, size = sequence.answer, sequence.waiting, sequence.page_rows
        before = answer.bytes_read if number else 0  # what came when it was opened is of the first
        try:
            while len(waiting) <= size and (rows := await answer.take()):
                waiting.extend(rows)
                if answer.bytes_read - before > MOST_PAGE_BYTES and len(waiting) > 1:
                    size = min(size, len(waiting) - 1)
        except BaseException:
            self._end(sequence)
            raise
        rows = [waiting.popleft() for _ in range(min(size, len(waiting)))]
        page = Page(
            sequence.id,
            number,
            rows,
            number + 1 if waiting else None,
            answer.query_id,
            answer.columns,
            dict(answer.versions),
            answer.cut and not waiting,
        )
        sequence.page, sequence.used_at = page, self._clock.monotonic()
        if page.next_number is None:
            self._desk.leave(answer)
            if number == 0:
                self._end(sequence)
        return page

    def _end(self, sequence: _Sequence) -> None:
        self._open.pop(sequence.id, None)
        self._desk.leave(sequence.answer)
