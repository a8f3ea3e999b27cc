"""The state folder of one local stack: everything that a running stack writes lies below it."""

import contextlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


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
    def lock(self) -> Path:
        """Held by the one command that starts or stops processes."""
        return self.root / "stack.lock"

    def log(self, name: str) -> Path:
        """The log of the process called `name`."""
        return self.logs / f"{name}.log"

    def purge(self) -> int:
        """Removes what the stack wrote, and nothing else that lies there; returns the bytes."""
        removed = 0
        for folder in (self.run, self.logs, self.data, self.conf, self.secrets):
            removed += sum(one.stat().st_size for one in folder.rglob("*") if one.is_file())
            shutil.rmtree(folder, ignore_errors=True)
        for file in (self.service_account, self.lock):
            file.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # Something that is not the stack's lies there and stays.
            self.root.rmdir()
        return removed

    def make(self) -> None:
        """Makes the folders; readable by this user alone, as the key file is among them."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in (self.run, self.logs, self.data, self.conf):
            folder.mkdir(exist_ok=True)
        self.secrets.mkdir(mode=0o700, exist_ok=True)
