"""Writing the artifacts lock again."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from tidelake.local.artifacts import locked_artifacts
from tidelake.local.locking import lock
from tidelake.local.maven import MavenRepository

if TYPE_CHECKING:
    from .conftest import MavenServer


def test_changed_coordinates_are_locked_with_what_the_repository_hands_out(
    tmp_path: Path, maven_server: MavenServer
) -> None:
    maven_server.files["org/example/one/1.0/one-1.0.jar"] = b"abc"
    text = lock(
        '[kafka]\n"org.example:one:1.0" = { sha256 = "old", bytes = 0 }\n', MavenRepository(maven_server.url)
    )
    assert tomllib.loads(text)["kafka"]["org.example:one:1.0"]["bytes"] == 3
    (tmp_path / "lock").write_text(text)
    [one] = locked_artifacts("kafka", tmp_path / "lock")
    assert one.sha256.startswith("ba7816bf")
