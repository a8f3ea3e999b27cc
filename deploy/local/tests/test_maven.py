"""One exact file from a Maven repository."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tidelake.local.artifacts import parse_artifact
from tidelake.local.maven import DownloadFailed, MavenRepository

if TYPE_CHECKING:
    from .conftest import MavenServer

ONE = parse_artifact("org.example:one:1.0:plugin@tar.gz", "00", 3)


def test_only_the_named_file_and_its_checksum_are_asked_for(
    tmp_path: Path, maven_server: MavenServer
) -> None:
    maven_server.files[str(ONE.path)] = b"abc"
    repository = MavenRepository.from_environ({"TIDELAKE_MAVEN_URL": maven_server.url + "/"})
    assert repository.download(ONE, tmp_path, lambda _: None).read_bytes() == b"abc"
    assert maven_server.asked == [f"/{ONE.path}", f"/{ONE.path}.sha1"]


def test_a_file_that_the_repository_does_not_have_is_named(tmp_path: Path, maven_server: MavenServer) -> None:
    with pytest.raises(DownloadFailed, match=r"one:1\.0:plugin@tar\.gz.*does not hand it out"):
        MavenRepository(maven_server.url).download(ONE, tmp_path, lambda _: None)
