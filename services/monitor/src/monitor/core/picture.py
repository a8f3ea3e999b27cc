"""Everything that the monitor knows at one moment: what the page, Watch and the tables show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor.core.alerting import Alert
from monitor.core.freshness import Freshness
from monitor.core.ledger import LedgerCount
from monitor.core.lines import NO_LINES, LinesPicture
from monitor.core.quarantine import Quarantine
from monitor.core.truncates import Truncate
from monitor.core.usage import ProcessUsage


@dataclass(frozen=True, slots=True)
class Rates:
    """Records per second on the way into each place; None where nobody could tell yet."""

    kafka: float | None = None  # growth of Kafka's last stable offsets
    bronze: float | None = None  # rows announced
    silver: float | None = None  # growth of the rows that have an outcome


@dataclass(frozen=True, slots=True)
class DatasetPicture:
    """One major version of a dataset. What was not looked at yet, or could not be, is None."""

    address: str
    dataset: str
    major: int
    description: str
    owner: str
    source: str
    slo_s: float
    freshness: Freshness | None
    ledger: LedgerCount | None
    quarantine: Quarantine | None
    rates: Rates
    trend_s: tuple[float | None, ...]  # its freshness at the last looks, oldest first
    truncate: Truncate | None  # the newest of the last day
    trouble: str  # why something of it could not be looked at; empty: nothing


@dataclass(frozen=True, slots=True)
class Picture:
    """The lake."""

    at: datetime
    datasets: tuple[DatasetPicture, ...]
    processes: tuple[ProcessUsage, ...]
    alerts: tuple[Alert, ...]  # pending and firing
    lines: LinesPicture = NO_LINES

    @property
    def firing(self) -> tuple[Alert, ...]:
        return tuple(alert for alert in self.alerts if alert.state == "firing")
