"""Coordinates and the list of what is downloaded."""

from pathlib import Path

import pytest
from tidelake.local.artifacts import BadArtifactLock, locked_artifacts, parse_artifact, sha256_of


@pytest.mark.parametrize(
    ("coordinates", "path"),
    [
        ("org.slf4j:slf4j-api:1.7.36", "org/slf4j/slf4j-api/1.7.36/slf4j-api-1.7.36.jar"),
        ("a.b:c:1:plugin@tar.gz", "a/b/c/1/c-1-plugin.tar.gz"),
        ("a:c:1@pom", "a/c/1/c-1.pom"),
    ],
)
def test_coordinates_name_one_file_and_are_written_back_as_read(coordinates: str, path: str) -> None:
    artifact = parse_artifact(coordinates, "00", 1)
    assert artifact.coordinates == coordinates
    assert artifact.path == Path(path)


@pytest.mark.parametrize("coordinates", ["a:b", "a:b:c:d:e", "a::1", ""])
def test_coordinates_that_name_no_single_file_are_refused_with_the_right_spelling(coordinates: str) -> None:
    with pytest.raises(BadArtifactLock, match=r"group:name:version"):
        parse_artifact(coordinates, "00", 1)


def test_the_lock_gives_every_kafka_jar_a_checksum_and_a_size() -> None:
    artifacts = locked_artifacts("kafka")
    assert len(artifacts) == 45
    assert all(len(one.sha256) == 64 and one.size_bytes > 1000 for one in artifacts)
    assert len({one.path for one in artifacts}) == 45


def test_an_engine_that_the_lock_does_not_know_is_named() -> None:
    with pytest.raises(BadArtifactLock, match="flink"):
        locked_artifacts("flink")


def test_sha256_is_of_the_whole_content(tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_bytes(b"abc")
    assert sha256_of(file).startswith("ba7816bf8f01cfea414140de5dae2223")
