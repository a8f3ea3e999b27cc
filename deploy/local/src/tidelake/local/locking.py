"""Writes artifacts.lock again: `python -m tidelake.local.locking` after its coordinates were changed.

Trusts what the repository hands out at that moment, so read the difference before you commit it.
"""

import sys
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from tidelake.local.artifacts import Artifact, parse_artifact, sha256_of
from tidelake.local.maven import MavenRepository

_HEAD = """\
# Files of Maven repositories, by coordinates. To change one, write its new coordinates (with any sha256),
# then run `python -m tidelake.local.locking`, which downloads each file and writes its sha256 and size.
"""


def lock(text: str, repository: MavenRepository) -> str:
    """The same coordinates with the sha256 and size of the files that `repository` hands out now."""
    lines = [_HEAD.rstrip()]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(max_workers=6) as pool:

        def measured(artifact: Artifact) -> Artifact:
            file = repository.download(artifact, Path(folder), lambda _: None)
            return replace(artifact, sha256=sha256_of(file), size_bytes=file.stat().st_size)

        for engine, entries in tomllib.loads(text).items():
            lines += ["", f"[{engine}]"]
            for one in pool.map(measured, [parse_artifact(coordinates, "", 0) for coordinates in entries]):
                entry = f'{{ sha256 = "{one.sha256}", bytes = {one.size_bytes} }}'
                lines.append(f'"{one.coordinates}" = {entry}')
    return "\n".join(lines) + "\n"


def main() -> int:
    """Rewrites the lock that lies beside this file."""
    path = Path(__file__).with_name("artifacts.lock")
    path.write_text(lock(path.read_text(encoding="utf-8"), MavenRepository.from_environ()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
