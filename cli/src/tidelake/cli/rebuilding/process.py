"""silver-rebuild as a child process: what it is told, and what it tells by its log lines."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from tidelake.cli.connection import Connection
from tidelake.local.cache import cache_folder
from tidelake.local.fetching import ArtifactCache
from tidelake.local.maven import MavenRepository
from tidelake.local.spark_install import SparkInstall, install_spark
from tidelake.local.watching import Watcher
from tidelake.runtime.errors import LakeError, Terminal
from tidelake.runtime.shutdown import StopSignal

PROGRAM = "silver-rebuild"
_LAST_LINES = 5


class RebuildFailed(LakeError, Terminal):
    """It ended without a comparison."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"Silver was not made again: {reason} The live tables are as they were.")


class RebuildInterrupted(LakeError, Terminal):
    """It was told to stop."""

    def __init__(self) -> None:
        super().__init__("Interrupted. The live tables are as they were.")


class Difference(msgspec.Struct, frozen=True):
    """Rows of bronze of which the live tables say something else than the new ones."""

    live: str
    rebuilt: str
    rows: int
    examples: tuple[tuple[str, int, int], ...]


class Comparison(msgspec.Struct, frozen=True):
    """What came of a rebuild, as the process tells it."""

    rows: int
    inserted: int
    outcomes: int
    differences: tuple[Difference, ...]
    contract_version: str


@dataclass(frozen=True, slots=True)
class Rebuild:
    """A comparison and where its tables stand, if they were to be kept."""

    compared: Comparison
    bronze_version: int
    folder: str


def run_rebuild(
    connection: Connection, address: str, *, keep: bool, watcher: Watcher, stop: StopSignal
) -> Rebuild:
    """Downloads what Spark needs if it is not there, runs the process and returns what it found.

    Raises RebuildFailed, RebuildInterrupted and what install_spark raises.
    """
    cache = cache_folder()
    artifacts = ArtifactCache(cache, MavenRepository.from_environ())
    install = install_spark(cache, artifacts, watcher, lambda: stop.requested)
    with tempfile.TemporaryDirectory(prefix="lake-rebuild-") as scratch:
        said = Path(scratch) / "said"
        with said.open("w") as errors:
            process = subprocess.Popen(
                [str(Path(sys.executable).with_name(PROGRAM)), address, *(["--keep"] if keep else [])],
                env={**os.environ, **_settings(connection, install, Path(scratch))},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,  # Ctrl-C reaches it by the stop alone
            )
        # Ends with this process: it waits for a signal, and nothing waits for it.
        threading.Thread(target=_end_when_asked, args=(process, stop), daemon=True).start()
        assert process.stdout is not None
        events = _Events(lambda text: watcher.doing(PROGRAM, text))
        for line in process.stdout:
            events.take(line)
        process.wait()
        if stop.requested:
            raise RebuildInterrupted
        return events.result(said.read_text(errors="replace"))


def _settings(connection: Connection, install: SparkInstall, scratch: Path) -> Mapping[str, str]:
    told: dict[str, object] = {
        "INSTANCE": PROGRAM,
        "LAKE_ROOT": connection.lake_root,
        "KAFKA_BOOTSTRAP_SERVERS": connection.kafka_bootstrap_servers,
        **install.settings(),
        "SCRATCH": scratch / "spark",
    }
    if connection.service_account is not None:
        told["GCS_SERVICE_ACCOUNT"] = connection.service_account
    return {f"SILVER_PROCESSOR_{name}": str(value) for name, value in told.items()}


def _end_when_asked(process: subprocess.Popen[str], stop: StopSignal) -> None:
    stop.wait()
    process.terminate()


class _Events:
    """What the log lines have said so far."""

    def __init__(self, doing: Callable[[str], None]) -> None:
        self._doing = doing
        self._began: Mapping[str, Any] = {}
        self._compared: Comparison | None = None
        self._failure = ""
        doing("Spark starts")

    def take(self, line: str) -> None:
        """Lines that are no events are what Java writes."""
        try:
            event = msgspec.json.decode(line, type=dict[str, Any])
        except msgspec.DecodeError:
            return
        match event.get("event"):
            case "rebuild_began":
                self._began = event
                self._doing(f"reads bronze as of version {event['bronze_version']}")
            case "rebuild_rows":
                self._doing(f"{event['rows']:,} of {event['total']:,} rows of bronze decided")
            case "rebuild_compared":
                self._compared = msgspec.convert(event, Comparison)
            case "service_failed":
                self._failure = str(event["message"])
            case _:
                pass

    def result(self, errors: str) -> Rebuild:
        """Raises RebuildFailed if it ended before the comparison."""
        if self._compared is None:
            raise RebuildFailed(self._failure or _last_lines(errors.splitlines()))
        return Rebuild(self._compared, self._began["bronze_version"], self._began["folder"])


def _last_lines(lines: Sequence[str]) -> str:
    return "it said last: " + " | ".join(lines[-_LAST_LINES:])
