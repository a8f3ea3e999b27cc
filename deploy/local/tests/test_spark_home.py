"""One Spark for all checkouts."""

import os
from pathlib import Path

import pytest
from tidelake.local import spark_home
from tidelake.local.spark_home import install_spark_home


@pytest.fixture
def jar(tmp_path: Path) -> Path:
    jar = tmp_path / "delta.jar"
    jar.write_bytes(b"delta")
    return jar


def test_it_has_pysparks_scripts_and_jars_and_the_others_among_them(tmp_path: Path, jar: Path) -> None:
    home = install_spark_home(tmp_path / "cache", [jar], lambda: False)
    assert (home / "bin" / "spark-submit").stat().st_mode & 0o100
    names = {file.name for file in (home / "jars").iterdir()}
    assert "delta.jar" in names
    assert any(name.startswith("spark-core_") for name in names)


def test_it_is_made_once_for_the_same_jars(tmp_path: Path, jar: Path) -> None:
    first = install_spark_home(tmp_path / "cache", [jar], lambda: False)
    made = first.stat().st_ino
    assert install_spark_home(tmp_path / "cache", [jar], lambda: False).stat().st_ino == made
    jar.write_bytes(b"another delta")
    assert install_spark_home(tmp_path / "cache", [jar], lambda: False) != first


def test_where_files_can_not_be_linked_they_are_copied(
    tmp_path: Path, jar: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise OSError("another disk")

    monkeypatch.setattr(os, "link", refused)
    monkeypatch.setattr(spark_home, "_package", lambda: _toy_package(tmp_path))
    home = install_spark_home(tmp_path / "cache", [jar], lambda: False)
    assert (home / "jars" / "delta.jar").read_bytes() == b"delta"
    assert (home / "jars" / "delta.jar").stat().st_mtime_ns == jar.stat().st_mtime_ns


def _toy_package(folder: Path) -> Path:
    (folder / "pyspark" / "bin").mkdir(parents=True)
    (folder / "pyspark" / "jars").mkdir()
    return folder / "pyspark"
