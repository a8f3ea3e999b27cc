"""Raises alerts, keeps their states where they outlive the process, and tells a receiver of them."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Sequence
from datetime import timedelta

import msgspec
import structlog
from tidelake.runtime.clock import Clock
from tidelake.runtime.errors import LakeError

from monitor.core.alerting import Alert, AlertBook, Condition
from monitor.flows.ports import AlertStore, Receiver
from monitor.outbound.alerts_topic import AlertRecord

log = structlog.get_logger()

_FIRST_RETRY, _LAST_RETRY = timedelta(seconds=1), timedelta(seconds=60)


class AlertDesk:
    """For one thread, but `deliver`, which is for another one."""

    def __init__(self, store: AlertStore, receiver: Receiver | None, clock: Clock) -> None:
        self._store = store
        self._receiver = receiver
        self._clock = clock
        self._book: AlertBook | None = None
        self._untold: deque[Alert] = deque()
        self._lock = (
            threading.Lock()
        )  # over what is kept, and while it is written: states come in their order
        self._newest: dict[str, AlertRecord] = {}
        self._unkept: dict[str, None] = {}  # fingerprints, in the order of their changes
        self._retry = _FIRST_RETRY
        self._not_before = 0.0

    def step(self, conditions: Iterable[Condition]) -> Sequence[Alert]:
        """Returns all that are pending or firing now. The first call reads what an earlier process left, and
        raises UnknownTopic, BrokerUnavailable or ReaderStalled if that can't be read: nothing is told then,
        as it might have been told before. What the store did not take is written again at each call."""
        book = self._book or self._remember()
        changes = book.step(conditions, self._clock.now())
        for alert in changes:
            log.warning(
                "alert_" + ("fires" if alert.state == "firing" else "ends"),
                alert=alert.condition.name,
                dataset=alert.condition.dataset,
                summary=alert.condition.summary,
            )
            self._put(AlertRecord.of(alert, told=self._receiver is None))
            self._untold.append(alert)
        self._keep()
        return book.open

    def deliver(self) -> str:
        """Tells the receiver what it was not told yet, in its order. What it does not take is told again,
        ever later up to a minute. Returns what /readyz says of it."""
        if self._receiver is None:
            self._untold.clear()
            return ""
        while self._untold and self._clock.monotonic() >= self._not_before:
            try:
                self._receiver.post(self._untold[0])
            except LakeError as failed:
                log.warning("alert_not_told", retry_s=self._retry.total_seconds(), reason=str(failed))
                self._not_before = self._clock.monotonic() + self._retry.total_seconds()
                self._retry = min(self._retry * 2, _LAST_RETRY)
                return str(failed)
            self._retry = _FIRST_RETRY
            self._put_told(self._untold.popleft())
            self._keep()
        return f"{len(self._untold)} alerts are not told yet" if self._untold else ""

    def _remember(self) -> AlertBook:
        records = self._store.remembered()
        self._newest = {record.fingerprint: record for record in records}
        self._book = AlertBook.remembering(record.read() for record in records if record.state == "firing")
        if self._receiver is not None:
            self._untold.extend(record.read() for record in records if not record.told)
        return self._book

    def _put(self, record: AlertRecord) -> None:
        with self._lock:
            self._newest[record.fingerprint] = record
            self._unkept[record.fingerprint] = None

    def _put_told(self, alert: Alert) -> None:
        """Unless it has changed meanwhile: then it is its newest state that is not told yet."""
        record = AlertRecord.of(alert, told=False)
        with self._lock:
            if self._newest.get(record.fingerprint) == record:
                self._newest[record.fingerprint] = msgspec.structs.replace(record, told=True)
                self._unkept[record.fingerprint] = None

    def _keep(self) -> None:
        """Writes the newest state of each that the store does not have, until it takes one no more."""
        with self._lock:
            for fingerprint in list(self._unkept):
                try:
                    self._store.keep(self._newest[fingerprint])
                except LakeError as failed:
                    # Who reads the topic learns it once it is written; page and webhook have it.
                    log.warning("alerts_not_kept", alerts=len(self._unkept), reason=str(failed))
                    return
                del self._unkept[fingerprint]
