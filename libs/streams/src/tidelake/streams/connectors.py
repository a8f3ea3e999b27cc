"""What Kafka Connect's REST interface says of a connector, read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

ConnectorState = Literal["absent", "starting", "running", "paused", "stopped", "failed"]
_HALTED: Mapping[str, ConnectorState] = {"PAUSED": "paused", "STOPPED": "stopped"}
_WORDS: Mapping[ConnectorState, str] = {
    "absent": "is not there",
    "starting": "has no task that runs",
    "running": "runs",
    "paused": "is paused",
    "stopped": "is stopped",
}
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class ConnectorStatus:
    """A connector and its one task, in one. Running is not yet progress: it runs, too, while its database is
    away. Starting: no task of it runs, as while Connect shares its connectors anew."""

    state: ConnectorState
    trace: str = ""  # of what failed

    @property
    def cause(self) -> str:
        """The first line of the trace, and the innermost cause where that is another."""
        lines = [line.strip() for line in self.trace.splitlines() if line.strip()]
        causes = [line for line in lines if line.startswith("Caused by: ")]
        return "; ".join(_short(line) for line in (*lines[:1], *causes[-1:])) or "it does not say why"

    def __str__(self) -> str:
        return _WORDS.get(self.state) or f"has failed: {self.cause}"


def read_status(said: Mapping[str, Any]) -> ConnectorStatus:
    """Connect's words under `status`. What somebody halted is told before what failed: it is not started anew
    until it is resumed. Raises KeyError, TypeError, AttributeError if they are none of Connect's."""
    connector, tasks = said["connector"], said["tasks"]
    parts: list[Mapping[str, Any]] = [connector, *tasks]
    if halted := _HALTED.get(connector["state"]):
        return ConnectorStatus(halted)
    for part in parts:
        if part["state"] == "FAILED":
            return ConnectorStatus("failed", part.get("trace", ""))
    runs = len(parts) > 1 and all(part["state"] == "RUNNING" for part in parts)
    return ConnectorStatus("running" if runs else "starting")


def _short(line: str) -> str:
    # Debezium's first line may hold all of its state, and what is wrong stands at its two ends.
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST // 2]} ... {line[-_LONGEST // 2 :]}"
