"""Faults and request counts of a running emulator, from a test."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager

import httpx
import msgspec
from tidelake.testkit.gcs.fault_rule import Effect, FaultRule

__all__ = ["Effect", "FaultRule", "Faults"]


class Faults:
    """Tells one emulator what shall go wrong: `faults.add(FaultRule("status", status=503, count=2))`."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(
            base_url=url, timeout=10.0, verify=False
        )  # plain HTTP, no certificates to load

    def close(self) -> None:
        self._client.close()

    def add(self, rule: FaultRule) -> int:
        """Puts a rule in force at once and gives its number."""
        answer = self._client.post("/_faults", content=msgspec.json.encode(rule))
        answer.raise_for_status()
        return answer.json()["id"]

    def remove(self, number: int) -> None:
        self._client.delete("/_faults", params={"id": number}).raise_for_status()

    def clear(self) -> None:
        """Ends all rules."""
        self._client.delete("/_faults").raise_for_status()

    @contextmanager
    def during(self, rule: FaultRule) -> Generator[int]:
        """The rule is in force within the block."""
        number = self.add(rule)
        try:
            yield number
        finally:
            self.remove(number)

    def struck(self, number: int) -> int:
        """How many calls the rule in force has struck so far."""
        reports = self._client.get("/_faults").raise_for_status().json()["faults"]
        return next(report["struck"] for report in reports if report["id"] == number)

    def requests(self) -> Mapping[str, Mapping[str, int]]:
        """Calls answered since the last reset: call -> status (or `cut`) -> times."""
        return self._client.get("/_requests").raise_for_status().json()["counts"]

    def reset_requests(self) -> None:
        self._client.delete("/_requests").raise_for_status()
