"""Start-up caches."""

import os
from pathlib import Path

import pytest
from tidelake.local.aot import start_up_cache
from tidelake.local.readiness import StartFailed


@pytest.fixture
def jar(tmp_path: Path) -> Path:
    jar = tmp_path / "a.jar"
    jar.write_bytes(b"jar")
    return jar


def trained(_scratch: Path, output: Path) -> None:
    output.write_bytes(b"cache")


def never(_scratch: Path, _output: Path) -> None:
    raise AssertionError("there was a cache already")


def test_a_cache_is_made_once_and_then_used(tmp_path: Path, jar: Path) -> None:
    made = start_up_cache(tmp_path, "kafka", ["-Xmx1m"], [jar], trained)
    assert made
    assert made.read_bytes() == b"cache"
    assert start_up_cache(tmp_path, "kafka", ["-Xmx1m"], [jar], never) == made


def test_other_flags_or_other_jars_need_a_cache_of_their_own(tmp_path: Path, jar: Path) -> None:
    first = start_up_cache(tmp_path, "kafka", ["-Xmx1m"], [jar], trained)
    assert start_up_cache(tmp_path, "kafka", ["-Xmx2m"], [jar], trained) != first
    os.utime(jar, (1, 1))
    assert start_up_cache(tmp_path, "kafka", ["-Xmx1m"], [jar], trained) != first


def test_training_that_fails_leaves_no_cache_and_is_no_reason_to_stop(tmp_path: Path, jar: Path) -> None:
    def fails(_scratch: Path, output: Path) -> None:
        output.write_bytes(b"half a cache")
        raise StartFailed("kafka", "it ended.", tmp_path / "log")

    assert start_up_cache(tmp_path, "kafka", [], [jar], fails) is None
    assert [file.name for file in (tmp_path / "aot").iterdir()] == ["kafka.lock"]


def test_training_that_writes_nothing_is_the_same_as_failing(tmp_path: Path, jar: Path) -> None:
    assert start_up_cache(tmp_path, "kafka", [], [jar], lambda _scratch, _output: None) is None


def test_caches_of_earlier_versions_do_not_pile_up(tmp_path: Path, jar: Path) -> None:
    for number in range(5):
        start_up_cache(tmp_path, "kafka", [f"-Xmx{number}m"], [jar], trained)
    assert len(list((tmp_path / "aot").glob("*.aot"))) == 2
