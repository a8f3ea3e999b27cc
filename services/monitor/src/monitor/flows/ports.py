"""What the flows drive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from tidelake.streams.connectors import ConnectorStatus
from tidelake.tables.announcement import CommitAnnounced

from monitor.core.alerting import Alert
from monitor.core.usage import ProcessLook
from monitor.outbound.alerts_topic import AlertRecord


class Feed(Protocol):
    """Announcements of commits."""

    def read(self, now: datetime, wait: timedelta) -> Sequence[CommitAnnounced]:
        """What came since the last call. Raises FeedBroken."""
        ...


class Processes(Protocol):
    """Other processes' /metrics."""

    def look(self, url: str) -> ProcessLook:
        """Raises ProcessSilent."""
        ...


class Connectors(Protocol):
    """Kafka Connect's."""

    def connectors(self) -> Mapping[str, ConnectorStatus]:
        """All that there are, by name. Raises ConnectSilent."""
        ...


class Receiver(Protocol):
    """Who is told of alerts."""

    def post(self, alert: Alert) -> None:
        """Returns once it is taken. Raises WebhookFailed."""
        ...


class AlertStore(Protocol):
    """Where alerts outlive the process."""

    def remembered(self) -> Sequence[AlertRecord]:
        """The newest state of each. Raises UnknownTopic, BrokerUnavailable, ReaderStalled."""
        ...

    def keep(self, record: AlertRecord) -> None:
        """Raises AlertNotKept, QueueFull."""
        ...


class History(Protocol):
    """A table that the monitor keeps."""

    @property
    def path(self) -> str: ...

    def append(self, rows: Sequence[dict[str, Any]], span: int) -> bool:
        """Adds the rows of a span, unless the table has those of this or a later one. Raises CommitFailed,
        StoreUnavailable, StoreRefused."""
        ...
