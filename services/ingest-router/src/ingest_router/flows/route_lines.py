"""Takes lines: decide on each, send, wait until Kafka has all that they became. In that order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Protocol

import structlog
from tidelake.streams.errors import QueueFull
from tidelake.streams.producer import Delivered, Delivery, Failed, OutRecord

from ingest_router.core.log_routing import Line, Routed, Routes, route
from ingest_router.core.pieces import pieces
from ingest_router.log_metrics import LineMetrics

log = structlog.get_logger()


class Sender(Protocol):
    """Takes batches to Kafka; see outbound.kafka_sender."""

    async def send(self, records: Sequence[OutRecord]) -> Sequence[Delivery]: ...


class LineRouter:
    """Routes lines by the routes of now. For one event loop."""

    def __init__(
        self,
        routes: Callable[[], Routes],
        sender: Sender,
        max_line_bytes: int,
        retry_after: timedelta,
        metrics: LineMetrics,
    ) -> None:
        self._routes = routes
        self._sender = sender
        self._max_line_bytes = max_line_bytes
        self._retry_s = retry_after.total_seconds()
        self._metrics = metrics
        self.why_waiting: str | None = None
        """Why Kafka did not take what was sent last; None if it did."""

    async def route(self, lines: Sequence[Line]) -> None:
        """Returns when Kafka has acknowledged everything that the lines became, however long that takes.

        What it did not surely take is decided and sent again: a repeat is told by its ce_id or origin. Raises
        ProducerFailed.
        """
        waiting = lines
        while waiting:
            waiting = await self._attempt(waiting)
            if waiting:
                log.warning("lines_not_taken", lines=len(waiting), reason=self.why_waiting)
                await asyncio.sleep(self._retry_s)

    async def _attempt(self, lines: Sequence[Line]) -> Sequence[Line]:
        """The lines that must be sent again."""
        routes = self._routes()
        decided = [(line, route(line, routes, self._max_line_bytes)) for line in lines]
        answers = iter(await self._send([one for _, routed in decided for one in routed.records]))
        again: list[Line] = []
        self.why_waiting = None
        for line, routed in decided:
            deliveries = [next(answers) for _ in routed.records]
            if all(isinstance(delivery, Delivered) for delivery in deliveries):
                self._count(routed)
            else:
                self.why_waiting = next(one.reason for one in deliveries if isinstance(one, Failed))
                again.append(line)
        return again

    async def _send(self, records: Sequence[OutRecord]) -> Sequence[Delivery]:
        """One outcome per record. Piece after piece: a batch of large lines is more than a producer takes."""
        answers: list[Delivery] = []
        for piece in pieces(records):
            try:
                answers += await self._sender.send(piece)
            except QueueFull as full:
                answers += [Failed(str(full), maybe_kept=False)] * len(piece)
        return answers

    def _count(self, routed: Routed) -> None:
        for address in routed.datasets:
            self._metrics.routed(address)
        if routed.reason is not None:
            self._metrics.dead_letter(routed.reason)
