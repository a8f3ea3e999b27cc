"""The topic `alerts`: the newest state of each alert, for its readers and for the monitor's next start."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
import structlog
from tidelake.ledger.kafka_reader import read_topic
from tidelake.runtime.errors import LakeError, Transient
from tidelake.streams.producer import Delivered, Delivery, OutRecord, Producer
from tidelake.streams.topics import Topics

from monitor.core.alerting import Alert, Condition, State

log = structlog.get_logger()


class AlertRecord(msgspec.Struct, frozen=True):
    """A value of `alerts`; its key is the fingerprint."""

    fingerprint: str
    alert: str
    dataset: str
    state: State
    severity: str
    owner: str
    summary: str
    description: str
    runbook: str
    since: datetime
    fired_at: datetime | None
    ended_at: datetime | None
    told: bool  # whether the webhook took it; false while it has not, or where there is none

    @classmethod
    def of(cls, alert: Alert, *, told: bool) -> AlertRecord:
        """The alert as it is written."""
        about = alert.condition
        return cls(
            fingerprint=about.fingerprint,
            alert=about.name,
            dataset=about.dataset,
            state=alert.state,
            severity=about.severity,
            owner=about.owner,
            summary=about.summary,
            description=about.description,
            runbook=about.runbook,
            since=alert.since,
            fired_at=alert.fired_at,
            ended_at=alert.ended_at,
            told=told,
        )

    def read(self) -> Alert:
        """The alert that was written."""
        about = Condition(
            name=self.alert,
            dataset=self.dataset,
            holds=self.state != "resolved",
            owner=self.owner,
            severity=self.severity,
            summary=self.summary,
            description=self.description,
            runbook=self.runbook,
        )
        return Alert(self.state, about, self.since, self.fired_at, self.ended_at)


class AlertNotKept(LakeError, Transient):
    """Kafka has not confirmed an alert's state."""

    def __init__(self, topic: str, reason: str) -> None:
        super().__init__(
            f"An alert could not be written to {topic}: {reason}. It is on the status page and goes to the "
            "webhook all the same, and is written again at each look. Look at the broker."
        )


class AlertsTopic:
    """Reads all of it once, and writes. Any thread may call it."""

    def __init__(
        self, producer: Producer, topics: Topics, bootstrap: str, topic: str, timeout: timedelta
    ) -> None:
        self._producer = producer
        self._topics = topics
        self._bootstrap = bootstrap
        self._topic = topic
        self._timeout = timeout

    def remembered(self) -> Sequence[AlertRecord]:
        """The newest state of each alert that is there. Raises UnknownTopic, BrokerUnavailable,
        ReaderStalled."""
        newest: dict[bytes, AlertRecord] = {}
        for message in read_topic(self._bootstrap, self._topics, self._topic):
            try:
                record = msgspec.json.decode(message.value() or b"", type=AlertRecord)
            except msgspec.DecodeError as unreadable:
                log.warning("alert_unreadable", offset=message.offset(), reason=str(unreadable))
                continue
            newest[message.key() or b""] = record
        return list(newest.values())

    def keep(self, record: AlertRecord) -> None:
        """Returns once Kafka has it. Raises AlertNotKept, QueueFull."""
        done = threading.Event()
        outcomes: list[Delivery] = []

        def on_done(delivered: Sequence[Delivery]) -> None:
            outcomes.extend(delivered)
            done.set()

        key = record.fingerprint.encode()
        self._producer.send([OutRecord(self._topic, msgspec.json.encode(record), key=key)], on_done)
        if not done.wait(self._timeout.total_seconds()):
            raise AlertNotKept(self._topic, f"no answer within {self._timeout.total_seconds():g} s")
        (outcome,) = outcomes
        if not isinstance(outcome, Delivered):
            raise AlertNotKept(self._topic, outcome.reason)
