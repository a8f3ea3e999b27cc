"""The login by which the lake follows a database: a file that Connect and `lake dataset apply` read."""

from dataclasses import dataclass
from pathlib import Path

from tidelake.local.private_files import write_private
from tidelake.runtime.errors import LakeError, Terminal

_COMMENTS = ("#", "!")
_NEEDED = ("hostname", "port", "user", "password")


class UnusableLogin(LakeError, Terminal):
    """The file that should hold the login of a database is missing or says too little."""

    def __init__(self, database: str, path: Path, problem: str) -> None:
        self.database = database
        self.path = path
        super().__init__(
            f"The lake has no login for the database {database}: {path} {problem}. Write the lines "
            f"{', '.join(f'{name}=...' for name in _NEEDED)} into that file, readable by you alone, for "
            "a role that may log in, replicate and read the table; then run the same again."
        )


@dataclass(frozen=True, slots=True)
class SourceLogin:
    """Of a role that may log in and replicate. `path` is where Connect reads the same."""

    path: Path
    hostname: str
    port: int
    user: str
    password: str

    @classmethod
    def read(cls, folder: Path, database: str) -> "SourceLogin":
        """The login in `<folder>/<database>.properties`. Raises UnusableLogin."""
        path = login_path(folder, database)
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise UnusableLogin(database, path, "can't be read") from error
        said: dict[str, str] = {}
        for line in lines:
            if line.lstrip().startswith(_COMMENTS):
                continue
            name, _, value = (part.lstrip() for part in line.partition("="))
            name = name.rstrip()
            if problem := _read_otherwise(name, line):
                raise UnusableLogin(database, path, problem)
            said[name] = value
        if missing := [name for name in _NEEDED if not said.get(name)]:
            raise UnusableLogin(database, path, f"does not say {', '.join(missing)}")
        if not said["port"].isdecimal():
            raise UnusableLogin(database, path, f"has no number as port ({said['port']!r})")
        return cls(path, said["hostname"], int(said["port"]), said["user"], said["password"])

    def write(self) -> None:
        """Writes it to its file, readable by its owner alone."""
        said = (self.hostname, self.port, self.user, self.password)
        lines = [f"{name}={value}" for name, value in zip(_NEEDED, said, strict=True)]
        write_private(self.path, "\n".join((*lines, "")))


def _read_otherwise(name: str, line: str) -> str:
    """Why Connect, which takes the file for Java properties, would read the line as something else."""
    where = name if name in _NEEDED else "a line that is none of the lake's"
    if "\\" in line:
        return f"has a backslash in {where}, which Connect takes for an escape (choose one without)"
    if name in _NEEDED and line != line.rstrip():
        return f"has a blank after {where}, which Connect takes for a part of it (take it away)"
    return ""


def login_path(folder: Path, database: str) -> Path:
    """The file of one database's login."""
    return folder / f"{database}.properties"
