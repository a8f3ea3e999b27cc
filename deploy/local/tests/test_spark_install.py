"""What a Spark session needs."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from tidelake.local import spark_install
from tidelake.local.artifacts import Artifact, locked_artifacts
from tidelake.local.cache import cache_folder
from tidelake.local.fetching import ArtifactCache
from tidelake.local.maven import MavenRepository
from tidelake.local.readiness import StartFailed
from tidelake.local.spark_install import SPARK, SparkInstall, install_spark


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SparkInstall:
    """An installation without jars of its own, and with a cache that nobody trained."""

    def nothing_locked(_engine: str) -> tuple[Artifact, ...]:
        return ()

    def train(_scratch: Path, settings: Mapping[str, str], _abandoned: object) -> None:
        option, _, output = settings["JAVA_OPTIONS"].partition("=")
        assert option == "-XX:AOTCacheOutput"
        Path(output).write_bytes(b"cache")

    monkeypatch.setattr(spark_install, "locked_artifacts", nothing_locked)
    monkeypatch.setattr(spark_install, "train_spark", train)
    return install_spark(tmp_path, ArtifactCache(tmp_path, MavenRepository()))


def test_its_java_starts_although_sparks_launcher_asks_for_a_module_that_is_not_there(
    install: SparkInstall,
) -> None:
    java = str(install.java_home / "bin" / "java")
    asked = [java, "--add-modules=jdk.incubator.vector", "-Dquoted=a b", "-XshowSettings:properties"]
    done = subprocess.run([*asked, "-version"], capture_output=True, text=True, check=True)
    assert "quoted = a b\n" in done.stderr


def test_each_java_has_a_launcher_of_its_own_and_a_second_installation_leaves_it(
    install: SparkInstall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    launcher = install.java_home / "bin" / "java"
    made = launcher.stat()
    artifacts = ArtifactCache(tmp_path, MavenRepository())
    assert install_spark(tmp_path, artifacts) == install
    assert launcher.stat() == made

    def elsewhere() -> Path:
        return Path("/other/it's here/java")

    monkeypatch.setattr(spark_install, "java", elsewhere)
    other = install_spark(tmp_path, artifacts).java_home
    assert other != install.java_home
    assert (other / "bin" / "java").read_text().endswith("exec '/other/it'\"'\"'s here/java' \"$@\"\n")
    assert os.access(other / "bin" / "java", os.X_OK)


def test_it_is_told_of_the_cache_that_was_made_once(
    install: SparkInstall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    option, _, cache = install.java_options.partition("=")
    assert option == "-XX:AOTCache"
    assert Path(cache).read_bytes() == b"cache"

    def never(*_: object) -> None:
        raise AssertionError("there was a cache already")

    monkeypatch.setattr(spark_install, "train_spark", never)
    assert install_spark(tmp_path, ArtifactCache(tmp_path, MavenRepository())) == install
    for old in (tmp_path / "aot").glob("*.aot"):
        old.unlink()

    def fails(*_: object) -> None:
        raise StartFailed("silver-warm-up", "it ended.", tmp_path / "log")

    monkeypatch.setattr(spark_install, "train_spark", fails)
    assert install_spark(tmp_path, ArtifactCache(tmp_path, MavenRepository())).java_options == ""


@pytest.mark.conformance
@pytest.mark.query_layer
def test_its_jars_are_the_locked_ones() -> None:
    install = install_spark(cache_folder(), ArtifactCache(cache_folder(), MavenRepository.from_environ()))
    assert [jar.name for jar in install.jars] == [one.path.name for one in locked_artifacts(SPARK)]
    assert all((install.spark_home / "jars" / jar.name).samefile(jar) for jar in install.jars)
    assert (install.spark_home / "bin" / "spark-submit").exists()
    assert install.java_options.startswith("-XX:AOTCache="), "the training failed"
