"""Events by the lake's own client, sent again as a real sender does until the door has acknowledged them."""

import itertools
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from datetime import timedelta
from types import TracebackType

from tidelake.bench.writing.write import Sender, Write
from tidelake.client.errors import MaybeKept, NothingTaken, RequestRefused
from tidelake.client.ingest import IngestClient
from tidelake.client.receipts import Receipts

# Short, so that whoever gives up is heard; the same batch goes out again after it.
_TRY_FOR = timedelta(seconds=5)
_REQUEST = timedelta(seconds=10)
_AGAIN_S = 0.2


class EventSender(Sender):
    """Batches that are due at an even pace. While the door is away they queue up, and follow as fast as it
    takes them."""

    threads = 8  # batches under way at once

    def __init__(
        self,
        url: str,
        api_key: str,
        dataset: str,
        events: Iterator[bytes],
        *,
        rate: float,
        batch: int,
        start_at: float,
    ) -> None:
        super().__init__()
        # One for all threads: each client reads the system's certificates anew.
        self._client = IngestClient(url, api_key, timeout=_REQUEST, give_up_after=_TRY_FOR)
        self._dataset = dataset
        self._events = events
        self._batch = batch
        self._every_s = batch / rate
        self._start_at = start_at
        self._taken = 0
        self._taking = threading.Lock()

    def work(self) -> None:
        """Takes up the next batch when it is due."""
        while True:
            with self._taking:
                due = self._start_at + self._taken * self._every_s
                if not self.is_taken_up(due):
                    return
                self._taken += 1
                batch = list(itertools.islice(self._events, self._batch))
            self._publish(batch, due)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        self._client.close()

    def _publish(self, batch: Sequence[bytes], due: float) -> None:
        key = str(uuid.uuid4())
        left: Sequence[bytes] = batch
        while left:
            try:
                receipts = self._client.publish(self._dataset, left, idempotency_key=key)
            except (NothingTaken, MaybeKept, RequestRefused) as error:
                if isinstance(error, MaybeKept):
                    for earlier in error.attempts:
                        self._note(earlier, due)
                if isinstance(error, RequestRefused):
                    self.refusals.append(str(error))
                if self.abandoned.wait(_AGAIN_S):
                    self.lost_hope += [str(error)] * len(left)
                    return
                continue
            self._note(receipts, due)
            for earlier in receipts.earlier:
                self._note(earlier, due)
            # Seldom: Kafka took some of a batch. The others are sent again under ids of their own.
            left = _not_accepted(left, receipts)
            key = str(uuid.uuid4())

    def _note(self, receipts: Receipts, due: float) -> None:
        now = time.time()
        self.writes += [
            Write(one.event_id, due, now) for one in receipts.accepted if one.event_id is not None
        ]


def _not_accepted(batch: Sequence[bytes], receipts: Receipts) -> list[bytes]:
    return [batch[one.index] for one in receipts.receipts if one.status != "accepted"]
