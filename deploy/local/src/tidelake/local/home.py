"""The state folder of one local stack: everything that a running stack writes lies below it."""

import contextlib
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from tidelake.runtime.errors import LakeError, Terminal


class HomeUnusable(LakeError, Terminal):
    """The state folder can't be read or written."""

    def __init__(self, root: Path, reason: str) -> None:
        self.root = root
        super().__init__(
            f"The state folder {root} can't be used ({reason}). The stack keeps its data, logs and keys "
            "there, so nothing was done. Mend its permissions, free some space, or set LAKE_HOME to another "
            "folder."
        )


@dataclass(frozen=True, slots=True)
class Home:
    """`root` is `<checkout>/.lake` unless `$LAKE_HOME` names another; removing it removes the data."""

    root: Path

    @classmethod
    def from_environ(cls, environ: Mapping[str, str], checkout: Path) -> "Home":
        """`$LAKE_HOME`, else `.lake` in the checkout."""
        chosen = environ.get("LAKE_HOME")
        return cls(Path(chosen).expanduser().absolute() if chosen else checkout / ".lake")

    @property
    def run(self) -> Path:
        """One record per process that was started and not yet seen to be gone."""
        return self.root / "run"

    @property
    def logs(self) -> Path:
        """`<name>.log` of the present start, `<name>.log.1` of the one before, and so on."""
        return self.root / "logs"

    @property
    def data(self) -> Path:
        """What engines keep: Kafka's log, the emulator's objects."""
        return self.root / "data"

    @property
    def conf(self) -> Path:
        """Configuration written anew at each start."""
        return self.root / "conf"

    @property
    def service_account(self) -> Path:
        """The key file that every storage client of the stack reads."""
        return self.root / "sa.json"

    @property
    def secrets(self) -> Path:
        """Passwords and keys that the stack made for itself; each file readable by this user alone."""
        return self.root / "secrets"

    @property
    def sources(self) -> Path:
        """The logins of the databases that the lake follows, a file for each, `<database>.properties`."""
        return self.secrets / "sources"

    @property
    def demo_key(self) -> Path:
        """The demo's own API key: good for the lake in this folder only, so it goes with it."""
        return self.root / "demo.key"

    @property
    def reader_key(self) -> Path:
        """The demo's API key for questions."""
        return self.root / "reader.key"

    @property
    def engineer_key(self) -> Path:
        """The API key by which whoever owns the stack asks what they like."""
        return self.root / "engineer.key"

    @property
    def ports(self) -> Path:
        """The number by which the ports were moved at the last start."""
        return self.root / "ports"

    @property
    def lock(self) -> Path:
        """Held by the one command that starts or stops processes."""
        return self.root / "stack.lock"

    def log(self, name: str) -> Path:
        """The log of the process called `name`."""
        return self.logs / f"{name}.log"

    @property
    def _folders(self) -> tuple[Path, ...]:
        return self.run, self.logs, self.data, self.conf, self.secrets

    def purge(self) -> int:
        """Removes what the stack wrote, and nothing else that lies there; returns the bytes."""
        removed = 0
        for folder in self._folders:
            removed += sum(one.stat().st_size for one in folder.rglob("*") if one.is_file())
            shutil.rmtree(folder, ignore_errors=True)
        keys = (self.demo_key, self.reader_key, self.engineer_key)
        for file in (self.service_account, *keys, self.ports, self.lock):
            file.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # Something that is not the stack's lies there and stays.
            self.root.rmdir()
        return removed

    def unmake(self) -> None:
        """Removes what `make` and the lock made, unless something was written since."""
        with contextlib.suppress(OSError):  # The first that holds something ends it.
            for folder in self._folders:
                folder.rmdir()
            if list(self.root.iterdir()) == [self.lock]:
                self.lock.unlink()
                self.root.rmdir()

    def make(self) -> None:
        """Makes the folders; readable by this user alone, as the key file is among them.

        Raises HomeUnusable.
        """
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.secrets.mkdir(mode=0o700, exist_ok=True)
            for folder in self._folders:
                folder.mkdir(exist_ok=True)
                if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
                    raise HomeUnusable(self.root, f"{folder.name} belongs to another user")
            if not os.access(self.root, os.R_OK | os.W_OK | os.X_OK):
                raise HomeUnusable(self.root, "Permission denied")
        except OSError as error:
            raise HomeUnusable(self.root, error.strerror or str(error)) from error

    def open_lock(self) -> TextIO:
        """The lock's file, to be locked and closed by the caller. Raises HomeUnusable."""
        try:
            return self.lock.open("w")
        except OSError as error:
            raise HomeUnusable(self.root, error.strerror or str(error)) from error

    def look(self) -> None:
        """Raises HomeUnusable where one may not even look into the folder. It need not be there yet."""
        try:
            next(self.root.iterdir(), None)
        except FileNotFoundError:
            return
        except OSError as error:
            raise HomeUnusable(self.root, error.strerror or str(error)) from error
