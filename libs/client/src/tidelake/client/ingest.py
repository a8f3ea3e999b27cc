"""Sends events to the lake over HTTP."""

from __future__ import annotations

import gzip
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from types import TracebackType
from typing import Any, Literal, Self

import httpx
import stamina
import zstandard
from tidelake.client.answers import parse_problem, parse_receipts, parse_retry_after
from tidelake.client.batches import Record, batches, body, encoded
from tidelake.client.errors import MaybeKept, NothingTaken, RequestRefused
from tidelake.client.receipts import Receipts, Sent

Compression = Literal["gzip", "zstd"]
OnReceipts = Callable[[Receipts], object]

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class IngestClient:
    """A sender with one API key. Threads may share it.

    A batch is sent again only under the same ids: with the same `Idempotency-Key`, which the client makes up
    when the caller gives none, and in the same order.
    """

    def __init__(
        self,
        url: str,
        api_key: str,
        *,
        compression: Compression | None = None,
        timeout: timedelta = timedelta(seconds=30),
        give_up_after: timedelta = timedelta(seconds=60),
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """`url` is the door's address, such as http://127.0.0.1:18100. `timeout` bounds one request,
        `give_up_after` all tries of one batch. Opens no connection before its first call."""
        self._compression: Compression | None = compression
        self._give_up_s = give_up_after.total_seconds()
        self._http = httpx.Client(
            base_url=url,
            headers={"authorization": f"Bearer {api_key}"},
            timeout=timeout.total_seconds(),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=32),
            transport=transport,
        )

    def publish(
        self, dataset: str, records: Sequence[Record], *, idempotency_key: str | None = None
    ) -> Receipts:
        """Sends one batch and returns its receipts: each record was accepted or refused or, seldom, not taken
        by Kafka while others were. `dataset` is the dataset's name for its first major version, and such as
        flights.v2 for later ones.

        Raises RequestRefused, NothingTaken or MaybeKept; the last two after trying for `give_up_after`.
        """
        return self._publish(dataset, [encoded(record) for record in records], idempotency_key)

    def publish_many(
        self,
        dataset: str,
        records: Iterable[Record],
        *,
        batch: int = 500,
        in_flight: int = 4,
        on_receipts: OnReceipts | None = None,
    ) -> Sent:
        """Sends any number of records, `in_flight` batches at a time, so batches may reach Kafka in another
        order. `on_receipts` is called in this thread, once per batch, in the order of the batches.

        Raises what publish() raises, once every batch before the failed one was reported; later batches that
        were under way are then unreported.
        """
        total = _Total()
        waiting: deque[tuple[int, Future[Receipts]]] = deque()

        def report() -> None:
            size, future = waiting.popleft()
            receipts = future.result()
            total.add(receipts, size)
            if on_receipts is not None:
                on_receipts(receipts)

        with ThreadPoolExecutor(in_flight, thread_name_prefix="ingest-client") as pool:
            for raw in batches(records, batch):
                if len(waiting) == in_flight:
                    report()
                waiting.append((sum(map(len, raw)), pool.submit(self._publish, dataset, raw, None)))
            while waiting:
                report()
        return total.sent()

    def dataset(self, name: str) -> dict[str, Any] | None:
        """What the door knows of a dataset, or of a later major version (flights.v2): its version and topic;
        None when it does not know it (yet)."""
        response = self._http.get(f"/v1/datasets/{name}")
        if response.status_code == 404:
            return None
        response.raise_for_status()
        return response.json()

    def close(self) -> None:
        """Closes its connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _publish(self, dataset: str, raw: Sequence[bytes], idempotency_key: str | None) -> Receipts:
        key = idempotency_key or str(uuid.uuid4())
        content, media_type = body(raw)
        headers = {"content-type": media_type, "idempotency-key": key}
        if self._compression is not None:
            headers["content-encoding"] = self._compression
            content = _compressed(content, self._compression)
        attempts: list[Receipts] = []
        unanswered: list[str] = []
        try:
            for attempt in stamina.retry_context(
                on=_wait, attempts=None, timeout=self._give_up_s, wait_initial=0.2, wait_max=5.0
            ):
                with attempt:
                    try:
                        receipts = self._try(f"/v1/datasets/{dataset}/events", content, headers, key)
                    except MaybeKept as error:
                        attempts += error.attempts
                        unanswered.append(error.reason)
                        raise
                    return Receipts(
                        receipts.dataset, receipts.version, receipts.receipts, earlier=tuple(attempts)
                    )
        except (NothingTaken, MaybeKept) as error:
            if unanswered:  # an earlier try may have kept what the last one did not take
                raise MaybeKept(unanswered[-1], key, tuple(attempts)) from error
            raise
        raise AssertionError("retry_context ends by return or raise")

    def _try(self, path: str, content: bytes, headers: dict[str, str], key: str) -> Receipts:
        try:
            response = self._http.post(path, content=content, headers=headers)
        except _NEVER_SENT as error:
            raise NothingTaken(f"the door at {self._http.base_url} can't be reached ({error}).") from error
        except httpx.TransportError as error:
            raise MaybeKept(f"the answer was lost ({type(error).__name__}: {error}).", key) from error
        receipts = parse_receipts(response.content)
        if response.status_code in (200, 207, 413, 422) and receipts is not None:
            return receipts
        problem = parse_problem(response.content, response.status_code)
        retry_after = parse_retry_after(response.headers)
        reason = f"{problem.detail} {problem.next_step}"
        if response.status_code == 429 or (response.status_code == 503 and problem.type == "not-ready"):
            raise NothingTaken(reason, retry_after)
        if response.status_code >= 500:
            raise MaybeKept(problem.detail, key, () if receipts is None else (receipts,), retry_after)
        raise RequestRefused(problem)


class _Total:
    def __init__(self) -> None:
        self._records = self._accepted = self._refused = self._bytes = 0

    def add(self, receipts: Receipts, size: int) -> None:
        statuses = receipts.by_status()
        self._records += len(receipts.receipts)
        self._accepted += statuses["accepted"]
        self._refused += statuses["refused"]
        self._bytes += size

    def sent(self) -> Sent:
        return Sent(self._records, self._accepted, self._refused, self._bytes)


def _wait(error: Exception) -> bool | timedelta:
    """Whether and when the same batch goes out again."""
    if isinstance(error, NothingTaken | MaybeKept):
        return error.retry_after or True
    return False


def _compressed(content: bytes, compression: Compression) -> bytes:
    if compression == "gzip":
        return gzip.compress(content, compresslevel=1, mtime=0)
    return zstandard.ZstdCompressor(level=1).compress(content)
