"""Posts alerts as JSON, in the shape of Alertmanager's webhooks, so that its receivers understand it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson
from tidelake.runtime.errors import LakeError, Transient

from monitor.core.alerting import Alert

_NEVER = datetime(1, 1, 1, tzinfo=UTC)


class WebhookFailed(LakeError, Transient):
    """The webhook did not take an alert."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(
            f"The webhook {url} did not take an alert: {reason}. It is sent again, ever later up to a "
            "minute, and is on page and topic. Look at the receiver, and at MONITOR_WEBHOOK_URL."
        )


class Webhook:
    """One receiver."""

    def __init__(self, url: str, page: str, timeout: timedelta) -> None:
        """`page`: the status page's address, which the payload names."""
        self._url = url
        self._page = page
        self._client = httpx.Client(timeout=timeout.total_seconds(), trust_env=False)

    def post(self, alert: Alert) -> None:
        """Returns once the receiver answered 2xx. May come twice; the fingerprint and startsAt tell. Raises
        WebhookFailed."""
        content = orjson.dumps(payload(alert, self._page))
        try:
            answer = self._client.post(
                self._url, content=content, headers={"content-type": "application/json"}
            )
            answer.raise_for_status()
        except httpx.HTTPError as failed:
            raise WebhookFailed(self._url, str(failed) or type(failed).__name__) from failed

    def close(self) -> None:
        self._client.close()


def payload(alert: Alert, page: str) -> dict[str, Any]:
    """Alertmanager's webhook payload, version 4, of one alert."""
    about = alert.condition
    labels = {
        "alertname": about.name,
        "dataset": about.dataset,
        "owner": about.owner,
        "severity": about.severity,
    }
    notes = {
        "summary": about.summary,
        "description": about.description,
        "runbook": f"docs/runbooks/{about.runbook}",
    }
    group = {"alertname": about.name, "dataset": about.dataset}
    return {
        "version": "4",
        "groupKey": f"{{}}:{{alertname={about.name!r}, dataset={about.dataset!r}}}",
        "truncatedAlerts": 0,
        "status": alert.state,
        "receiver": "webhook",
        "groupLabels": group,
        "commonLabels": labels,
        "commonAnnotations": notes,
        "externalURL": page,
        "alerts": [
            {
                "status": alert.state,
                "labels": labels,
                "annotations": notes,
                "startsAt": alert.since.isoformat(),
                "endsAt": (alert.ended_at or _NEVER).isoformat(),
                "generatorURL": page,
                "fingerprint": about.fingerprint,
            }
        ],
    }
