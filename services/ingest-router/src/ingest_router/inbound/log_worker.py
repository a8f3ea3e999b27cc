"""The Faust worker: an agent on the inbound topic that routes batches, and commits what Kafka has of them.

Faust acknowledges what it hands out by itself: also what an agent failed at, what it skips in a rebalance and
what is cancelled at a stop. Each would lose lines here. So its acknowledgements are off for the topic
(`acks=False`), and offsets are committed here, when everything below them is acknowledged by Kafka.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import faust
import structlog
from faust.types import TP
from tidelake.contracts.names import LOGS_INBOUND
from tidelake.runtime.errors import LakeError, Terminal

from ingest_router.core.log_routing import Line
from ingest_router.inbound.lenient_records import read_leniently
from ingest_router.inbound.owned_commit import commit_owned

log = structlog.get_logger()


class WorkerFailed(LakeError, Terminal):
    """Faust can't go on in this process."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"The worker ended: {reason}. What it had not committed is read again by whoever takes its "
            "partitions. Start it again; if it comes back, the log says what happened before."
        )


class LineHandler(Protocol):
    """Takes lines of one partition and one generation after another; see flows.route_batch."""

    async def take(self, lines: Sequence[Line], generation: int) -> Mapping[int, int]:
        """Returns what may be committed, by partition, when all lines are kept. If it raises, nothing is."""
        ...


class LogWorker:
    """One member of the group. For one event loop."""

    def __init__(
        self,
        bootstrap: str,
        group: str,
        client_id: str,
        session_timeout: timedelta,
        batch_lines: int,
        batch_wait: timedelta,
        folder: Path,
    ) -> None:
        self._batch_lines = batch_lines
        self._batch_wait_s = batch_wait.total_seconds()
        self._at_work = asyncio.Lock()
        self._stopping = False
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Raises what ended the worker."""
        read_leniently()
        session_s = session_timeout.total_seconds()
        # Any: Faust's own types leave most of what is asked for here open.
        self._app: Any = faust.App(
            group,
            broker=[f"kafka://{address.strip()}" for address in bootstrap.split(",")],
            broker_client_id=client_id,
            broker_session_timeout=session_s,
            broker_heartbeat_interval=session_s / 3,
            # A member that does not come to a rebalance holds up all others for so long; Faust's own is 60 s.
            broker_rebalance_timeout=2 * session_s,
            broker_request_timeout=max(90.0, session_s),
            consumer_auto_offset_reset="earliest",
            stream_wait_empty=False,
            web_enabled=False,
            topic_disable_leader=True,
            topic_allow_declare=False,
            datadir=str(folder),
        )
        self._topic: Any = self._app.topic(
            LOGS_INBOUND.name, key_serializer="raw", value_serializer="raw", acks=False
        )

    async def start(self, handler: LineHandler) -> None:
        """Joins the group. Raises what Kafka's client raises."""

        async def lines(stream: Any) -> None:
            async for events in stream.take_events(self._batch_lines, within=self._batch_wait_s):
                await self._take(events, handler)

        self._app.agent(self._topic, name="lines")(lines)
        self._app.finalize()
        await self._app.start()

    async def stop(self, timeout: timedelta) -> None:
        """Lets the batch at work be committed, and leaves the group; at most `timeout` for each."""
        self._stopping = True
        if not self.failed.done():
            try:
                async with asyncio.timeout(timeout.total_seconds()):
                    await self._at_work.acquire()
            except TimeoutError:
                log.warning("batch_left", message="It is routed again by whoever takes its partitions.")
        try:
            async with asyncio.timeout(timeout.total_seconds()):
                await self._app.stop()
        except TimeoutError:
            log.warning("group_not_left", message="Its partitions are free when its session has timed out.")

    def crash(self) -> WorkerFailed | None:
        """Why Faust ended by itself; None while it works, and once it was told to stop."""
        if self._stopping:
            return None
        for service in (self._app, self._app.consumer):
            if service.crashed or service.should_stop:
                return WorkerFailed(repr(service.crash_reason or "Faust has stopped it"))
        return None

    @property
    def generation(self) -> int:
        """Of the newest assignment; below 1 before the first."""
        return self._app.consumer_generation_id

    @property
    def rebalancing(self) -> bool:
        """Whether partitions are being shared out just now."""
        return bool(self._app.rebalancing)

    def committed(self) -> Mapping[int, int | None]:
        """The partitions of this worker, each with the offset that was committed when it was assigned; None
        where nothing was, or it is not read yet."""
        # Faust keeps it there when it seeks to it, behind each rebalance.
        known: Mapping[TP, int | None] = self._app.consumer._committed_offset
        return {at.partition: known.get(at) for at in self._app.consumer.assignment()}

    async def commit(self, offsets: Mapping[int, int]) -> None:
        """Commits them, of the partitions that are still this worker's. Raises KafkaError."""
        if not offsets:
            return
        thread = self._app.consumer._thread  # which has the consumer's loop

        async def commit() -> bool:
            return await commit_owned(thread._ensure_consumer(), LOGS_INBOUND.name, offsets)

        if not await thread.call_thread(commit):
            log.info("not_committed", offsets=dict(offsets), message="The group was rebalanced meanwhile.")

    async def _take(self, events: Sequence[Any], handler: LineHandler) -> None:
        async with self._at_work:
            try:
                for generation, batch in _by_generation(events):
                    await self.commit(await handler.take(batch, generation))
            except Exception as error:
                # The edge of the agent: Faust would start it anew behind the batch.
                log.exception("batch_failed", lines=len(events))
                if not self.failed.done():
                    self.failed.set_exception(error)
                await asyncio.Event().wait()  # holds the agent until the process ends


def _by_generation(events: Sequence[Any]) -> Sequence[tuple[int, Sequence[Line]]]:
    batches: list[tuple[int, list[Line]]] = []
    for event in events:
        message = event.message
        if not batches or batches[-1][0] != message.generation_id:
            batches.append((message.generation_id, []))
        batches[-1][1].append(_line(message))
    return batches


def _line(message: Any) -> Line:
    """Faust's message. Its timestamp is in seconds, made of Kafka's milliseconds."""
    return Line(
        message.partition,
        message.offset,
        message.key,
        message.value,
        list(message.headers or ()),
        None if message.timestamp is None else round(message.timestamp * 1000),
    )
