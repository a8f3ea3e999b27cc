"""PostgreSQL's folder: made whole or not at all, by the user that the server runs as."""

import shutil
import signal
import subprocess
from pathlib import Path

from tidelake.local.psql import PostgresLogin, program
from tidelake.local.readiness import StartCancelled
from tidelake.local.unprivileged import as_ordinary_user, give_away
from tidelake.runtime.errors import LakeError, Terminal


class InitFailed(LakeError, Terminal):
    """PostgreSQL's folder could not be prepared."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(
            f"PostgreSQL could not prepare its folder {folder}: {reason} Check that the disk is not full and "
            "the folder is yours; `./lake down --purge` removes it with all data of the stack."
        )
        self.folder = folder


def make_folder(place: Path, login: PostgresLogin) -> None:
    """Elsewhere first, and then put in place. Nothing happens when it is there. Raises InitFailed."""
    if (place / "PG_VERSION").exists():
        return
    new = place.with_name(f"{place.name}.new")
    assert login.password  # its file is there now
    command = [str(program("initdb")), "--pgdata", str(new), "--username", login.user]
    command += ["--pwfile", str(login.password_file), "--auth=scram-sha-256", "--encoding=UTF8"]
    # Sorts by code point on every machine, whatever languages it has.
    command += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    try:
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700, parents=True)
        give_away(new)
        done = subprocess.run(
            as_ordinary_user(command),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            cwd=new,
            start_new_session=True,  # Ctrl-C is for the command that waits: a half of this helps nobody
        )
        if done.returncode == -signal.SIGINT:  # it came before the child had a session of its own
            raise StartCancelled("PostgreSQL's folder was not prepared any more.")
        if done.returncode != 0:
            lines = (done.stderr or done.stdout).strip().splitlines()
            raise InitFailed(place, f"{lines[-1] if lines else f'it ended with {done.returncode}'}.")
        new.replace(place)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InitFailed(place, f"{error}.") from error
