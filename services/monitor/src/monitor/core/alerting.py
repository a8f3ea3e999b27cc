"""The life of an alert: pending, firing, resolved. Pure: conditions in, changes out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

State = Literal["pending", "firing", "resolved"]


@dataclass(frozen=True, slots=True)
class Condition:
    """What holds of one dataset now, in words with numbers. `holds`: None where nobody could tell, so that
    whatever was said before stands."""

    name: str  # FreshnessSlo, LedgerGap, QuarantineShare
    dataset: str  # as senders call it
    holds: bool | None
    owner: str  # the team that answers for the dataset
    severity: str = "warning"
    summary: str = ""  # one line
    description: str = ""  # numbers, positions, what it means, what to do next
    runbook: str = ""  # page below docs/runbooks/
    patience: timedelta = timedelta(0)  # it must hold so long before it fires

    @property
    def fingerprint(self) -> str:
        """Names the alert over all its life, and over restarts."""
        return fingerprint_of(self.name, self.dataset)


def fingerprint_of(name: str, dataset: str) -> str:
    """As Condition.fingerprint."""
    return hashlib.sha256(f"{name}/{dataset}".encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Alert:
    """A condition that holds, or held."""

    state: State
    condition: Condition
    since: datetime  # when it was first seen to hold
    fired_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(slots=True)
class AlertBook:
    """All alerts that are not over. What fired and was resolved is told once each, in this order."""

    _open: dict[str, Alert] = field(default_factory=dict[str, Alert])

    @classmethod
    def remembering(cls, firing: Iterable[Alert]) -> AlertBook:
        """What an earlier process left: its firing alerts go on, and end when their conditions do."""
        return cls({alert.condition.fingerprint: alert for alert in firing if alert.state == "firing"})

    @property
    def open(self) -> Sequence[Alert]:
        """Pending and firing, the longest-standing first."""
        return sorted(self._open.values(), key=lambda alert: (alert.state != "firing", alert.since))

    def step(self, conditions: Iterable[Condition], now: datetime) -> Sequence[Alert]:
        """What is to be told: alerts that have begun to fire, and that ended. A condition that nobody names
        any more, as of a dataset that is gone, has ended."""
        told: list[Alert] = []
        named = {condition.fingerprint: condition for condition in conditions}
        for fingerprint, condition in named.items():
            known = self._open.get(fingerprint)
            if condition.holds is None:
                continue
            if condition.holds:
                told += self._holds(fingerprint, condition, known, now)
            elif known is not None:
                told += self._ended(fingerprint, replace(known, condition=_ending(known, condition)), now)
        for fingerprint in [each for each in self._open if each not in named]:
            told += self._ended(fingerprint, self._open[fingerprint], now)
        return told

    def _holds(
        self, fingerprint: str, condition: Condition, known: Alert | None, now: datetime
    ) -> list[Alert]:
        alert = replace(known, condition=condition) if known else Alert("pending", condition, now)
        begins = alert.state == "pending" and now - alert.since >= condition.patience
        if begins:
            alert = replace(alert, state="firing", fired_at=now)
        self._open[fingerprint] = alert
        return [alert] if begins else []

    def _ended(self, fingerprint: str, alert: Alert, now: datetime) -> list[Alert]:
        del self._open[fingerprint]
        return [replace(alert, state="resolved", ended_at=now)] if alert.state == "firing" else []


def _ending(known: Alert, condition: Condition) -> Condition:
    """What is said at the end: the alert's own severity and page, and the words of now."""
    return replace(condition, severity=known.condition.severity, runbook=known.condition.runbook)
