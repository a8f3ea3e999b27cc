"""Which plugins of Trino are unpacked, and which files of the others they share by hard links.

The archive holds each jar once: where a second plugin has the same, there is a link to the first one's. A
link's target lies before it, so that one pass over the archive must know the targets in other plugins. They
are kept in trino_links.txt; `python -m tidelake.local.trino_links ARCHIVE` writes it for another version.
"""

import hashlib
import sys
import tarfile
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from tidelake.local.artifacts import Artifact, locked_artifacts, sha256_of
from tidelake.local.unpacking import inner
from tidelake.runtime.errors import LakeError, Terminal

PLUGINS = (
    "delta-lake",
    "http-event-listener",
    "resource-group-managers",
    "session-property-managers",
    "spooling-filesystem",
)


class StaleLinks(LakeError, Terminal):
    """The list of shared files is of another archive."""

    def __init__(self, archive: Artifact) -> None:
        super().__init__(
            f"trino_links.txt does not belong to {archive.coordinates}. Download that file and run "
            "`python -m tidelake.local.trino_links FILE`."
        )
        self.archive = archive


@dataclass(frozen=True, slots=True)
class LinkTargets:
    """Names of files, without the archive's outermost folder; `key` differs when they or the plugins do."""

    names: frozenset[str]

    @property
    def key(self) -> str:
        """For the name of the folder that is unpacked."""
        return hashlib.sha256(repr((PLUGINS, sorted(self.names))).encode()).hexdigest()[:8]

    def __contains__(self, name: str) -> bool:
        return name in self.names


def kept(name: str) -> bool:
    """Whether this file of the archive is unpacked for its own sake."""
    top, _, rest = name.partition("/")
    return top == "lib" or (top == "plugin" and rest.partition("/")[0] in PLUGINS)


def link_targets(archive: Artifact, listed: str | None = None) -> LinkTargets:
    """Those of `archive`, from the list that comes with this package. Raises StaleLinks."""
    text = listed or (files("tidelake.local") / "trino_links.txt").read_text(encoding="utf-8")
    head, *names = text.splitlines()
    if head != _head(archive.sha256):
        raise StaleLinks(archive)
    return LinkTargets(frozenset(names))


def list_targets(archive: Path) -> str:
    """The list's text for that file."""
    targets: set[str] = set()
    with tarfile.open(archive, "r|gz", bufsize=1 << 20) as members:
        for member in members:
            if member.islnk() and kept(inner(member.name)) and not kept(inner(member.linkname)):
                targets.add(inner(member.linkname))
    return "\n".join((_head(sha256_of(archive)), *sorted(targets), ""))


def _head(sha256: str) -> str:
    return f"# shared files of the archive {sha256} for {', '.join(PLUGINS)}"


def main(archive: Path) -> int:
    """Rewrites the list that lies beside this file."""
    text = list_targets(archive)
    [locked] = locked_artifacts("trino")
    link_targets(locked, text)
    Path(__file__).with_name("trino_links.txt").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
