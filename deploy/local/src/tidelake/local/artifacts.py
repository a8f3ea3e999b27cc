"""What is downloaded from Maven repositories: exact files by coordinates, size and SHA-256."""

import hashlib
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from tidelake.runtime.errors import LakeError, Terminal


class BadArtifactLock(LakeError, Terminal):
    """The list of artifacts can't be understood."""


@dataclass(frozen=True, slots=True, order=True)
class Artifact:
    """One file of a Maven repository; `sha256` is of the whole file, `size_bytes` its length."""

    group: str
    name: str
    version: str
    classifier: str
    packaging: str
    sha256: str
    size_bytes: int

    @property
    def coordinates(self) -> str:
        """`group:name:version[:classifier][@packaging]`, as build tools write it."""
        classifier = f":{self.classifier}" if self.classifier else ""
        packaging = "" if self.packaging == "jar" else f"@{self.packaging}"
        return f"{self.group}:{self.name}:{self.version}{classifier}{packaging}"

    @property
    def path(self) -> Path:
        """Where the file lies below a Maven repository's root."""
        classifier = f"-{self.classifier}" if self.classifier else ""
        file_name = f"{self.name}-{self.version}{classifier}.{self.packaging}"
        return Path(*self.group.split("."), self.name, self.version, file_name)


def parse_artifact(coordinates: str, sha256: str, size_bytes: int) -> Artifact:
    """Raises BadArtifactLock when `coordinates` do not name exactly one file."""
    body, _, packaging = coordinates.partition("@")
    parts = body.split(":")
    if len(parts) not in (3, 4) or not all(parts):
        raise BadArtifactLock(
            f"{coordinates!r} does not name one file. Write group:name:version[:classifier][@packaging]."
        )
    classifier = parts[3] if len(parts) == 4 else ""
    group, name, version = parts[:3]
    return Artifact(group, name, version, classifier, packaging or "jar", sha256, size_bytes)


def locked_artifacts(engine: str, lock: Path | None = None) -> tuple[Artifact, ...]:
    """The files that `engine` needs, in the lock's order. Raises BadArtifactLock."""
    text = (lock or files("tidelake.local") / "artifacts.lock").read_text(encoding="utf-8")
    entries = tomllib.loads(text).get(engine)
    if not entries:
        raise BadArtifactLock(f"artifacts.lock has no section [{engine}]. Add it and lock again.")
    return tuple(parse_artifact(at, entry["sha256"], entry["bytes"]) for at, entry in entries.items())


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's content, in hex. Raises FileNotFoundError."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
