"""Asks Kafka Connect how its connectors are."""

from __future__ import annotations

from collections.abc import Mapping

import httpx
from tidelake.runtime.certificates import verified
from tidelake.runtime.errors import LakeError, Transient
from tidelake.streams.connectors import ConnectorStatus, read_status

_TIMEOUT_S = 3.0


class ConnectSilent(LakeError, Transient):
    """Kafka Connect did not say how its connectors are."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"Kafka Connect at {url} does not answer: {reason}. See ./lake status and its log.")


class ConnectReader:
    """One worker of a Connect cluster."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        # A proxy of the environment's has no part in this.
        self._client = httpx.Client(timeout=_TIMEOUT_S, trust_env=False, verify=verified(url))

    def connectors(self) -> Mapping[str, ConnectorStatus]:
        """All that there are, by name. Raises ConnectSilent."""
        try:
            answer = self._client.get(f"{self._url}/connectors?expand=status")
            answer.raise_for_status()
            return {name: read_status(one["status"]) for name, one in answer.json().items()}
        except (httpx.HTTPError, ValueError, LookupError, TypeError, AttributeError) as failed:
            raise ConnectSilent(self._url, str(failed) or type(failed).__name__) from failed
