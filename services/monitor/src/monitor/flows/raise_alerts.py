"""Raises alerts, keeps their states where they outlive the process, and tells a receiver of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from datetime import timedelta

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
        self._retry = _FIRST_RETRY
        self._not_before = 0.0

    def step(self, conditions: Iterable[Condition]) -> Sequence[Alert]:
        """Returns all that are pending or firing now. The first call reads what an earlier process left, and
        raises UnknownTopic, BrokerUnavailable or ReaderStalled if that can't be read: nothing is told then,
        as it might have been told before."""
        book = self._book or self._remember()
        changes = book.step(conditions, self._clock.now())
        for alert in changes:
            log.warning(
                "alert_" + ("fires" if alert.state == "firing" else "ends"),
                alert=alert.condition.name,
                dataset=alert.condition.dataset,
                summary=alert.condition.summary,
            )
            self._keep(alert, told=self._receiver is None)
            self._untold.append(alert)
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
            self._keep(self._untold.popleft(), told=True)
        return f"{len(self._untold)} alerts are not told yet" if self._untold else ""

    def _remember(self) -> AlertBook:
        records = self._store.remembered()
        self._book = AlertBook.remembering(record.read() for record in records if record.state == "firing")
        if self._receiver is not None:
            self._untold.extend(record.read() for record in records if not record.told)
        return self._book

    def _keep(self, alert: Alert, *, told: bool) -> None:
        try:
            self._store.keep(AlertRecord.of(alert, told=told))
        except LakeError as failed:
            # Who reads the topic learns it with the next change; page and webhook have it.
            log.warning("alert_not_kept", alert=alert.condition.name, reason=str(failed))
