"""What is known of started processes, on disk, so that any later command can stop them."""

import contextlib
import signal
from datetime import datetime
from pathlib import Path

import msgspec
from tidelake.local.identity import process_identity


class ProcessRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A process that was started: `identity` tells it from a later one with the same pid."""

    name: str
    pid: int
    identity: str
    command: list[str]
    ports: list[int]
    started_at: datetime
    stop_timeout_s: float
    stop_signal: int = signal.SIGTERM
    remark: str = ""
    prefix: str = ""  # of the variables that are its settings
    told: list[str] = []  # names of those that the stack itself set

    @property
    def alive(self) -> bool:
        """False once the process is gone, whoever has its pid now."""
        return process_identity(self.pid) == self.identity


class Records:
    """One JSON file per process in `folder`; replaced whole, so that a reader never sees half of one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save(self, record: ProcessRecord) -> None:
        """Keeps `record` in place of an earlier one of the same name."""
        path = self._path(record.name)
        new = path.with_suffix(".new")
        new.write_bytes(msgspec.json.format(msgspec.json.encode(record)))
        new.replace(path)

    def find(self, name: str) -> ProcessRecord | None:
        """The record of `name`; None when there is none or it can't be read."""
        with contextlib.suppress(FileNotFoundError, msgspec.DecodeError):
            return msgspec.json.decode(self._path(name).read_bytes(), type=ProcessRecord)
        return None

    def all(self) -> list[ProcessRecord]:
        """In the order in which the processes were started."""
        found = [self.find(path.stem) for path in self._folder.glob("*.json")]
        return sorted((one for one in found if one), key=lambda record: record.started_at)

    def remove(self, name: str) -> None:
        """Forgets `name`; nothing happens when it is not known."""
        self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.json"
