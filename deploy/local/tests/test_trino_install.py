"""Trino's archive, made small: what is unpacked, and what is left on the disk."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tidelake.local import trino_install
from tidelake.local.artifacts import Artifact, parse_artifact, sha256_of
from tidelake.local.fetching import ArtifactCache
from tidelake.local.maven import DownloadFailed, MavenRepository
from tidelake.local.trino_install import install_trino
from tidelake.local.trino_links import LinkTargets, link_targets, list_targets

if TYPE_CHECKING:
    from .conftest import MavenServer

FILES = {
    "lib/server.jar": "server",
    "plugin/iceberg/shared.jar": "shared",
    "plugin/iceberg/own.jar": "not wanted",
    "plugin/delta-lake/shared.jar": "=plugin/iceberg/shared.jar",
    "bin/launcher": "not wanted",
}


@pytest.fixture
def archive(tmp_path: Path, maven_server: MavenServer, monkeypatch: pytest.MonkeyPatch) -> Artifact:
    """A small one in the repository, named by the lock."""
    file = tmp_path / "a.tar.gz"
    with tarfile.open(file, "w:gz") as packed:
        for name, content in FILES.items():
            member = tarfile.TarInfo(f"trino-1/{name}")
            if content.startswith("="):
                member.type, member.linkname = tarfile.LNKTYPE, f"trino-1/{content[1:]}"
            else:
                member.size = len(content)
            packed.addfile(member, io.BytesIO(content.encode()))
    one = parse_artifact("io.trino:trino-server:1@tar.gz", sha256_of(file), file.stat().st_size)
    maven_server.files[str(one.path)] = file.read_bytes()
    text = list_targets(file)

    def locked(_engine: str) -> tuple[Artifact, ...]:
        return (one,)

    def targets(artifact: Artifact) -> LinkTargets:
        return link_targets(artifact, text)

    def train(_scratch: Path, output: Path, _folder: Path, _abandoned: Callable[[], bool]) -> None:
        output.write_text("trained")

    monkeypatch.setattr(trino_install, "locked_artifacts", locked)
    monkeypatch.setattr(trino_install, "train_trino", train)
    monkeypatch.setattr(trino_install, "link_targets", targets)
    return one


def test_kept_plugins_are_whole_nothing_else_is_there_and_the_archive_is_gone(
    tmp_path: Path, maven_server: MavenServer, archive: Artifact
) -> None:
    artifacts = ArtifactCache(tmp_path / "cache", MavenRepository(maven_server.url))
    install = install_trino(tmp_path / "cache", artifacts)
    folder = install.folder
    found = {str(one.relative_to(folder)): one.read_text() for one in folder.rglob("*") if one.is_file()}
    assert found == {"lib/server.jar": "server", "plugin/delta-lake/shared.jar": "shared"}
    assert not artifacts.path(archive).exists()
    [(option, cache)] = [flag.split("=") for flag in install.flags]
    assert option == "-XX:AOTCache"
    assert Path(cache).read_text() == "trained"
    asked = len(maven_server.asked)
    assert install_trino(tmp_path / "cache", artifacts) == install
    assert len(maven_server.asked) == asked


def test_a_download_that_breaks_off_leaves_nothing(
    tmp_path: Path, maven_server: MavenServer, archive: Artifact
) -> None:
    maven_server.cut = 20
    artifacts = ArtifactCache(tmp_path / "cache", MavenRepository(maven_server.url, attempts=1))
    with pytest.raises(DownloadFailed):
        install_trino(tmp_path / "cache", artifacts)
    left = [one for one in (tmp_path / "cache").rglob("*") if one.is_file() and one.suffix != ".lock"]
    assert left == []
