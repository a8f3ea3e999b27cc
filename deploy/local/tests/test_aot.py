"""Start-up caches."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from tidelake.local.alone import alone
from tidelake.local.aot import start_up_cache
from tidelake.local.home import Home
from tidelake.local.process import launch
from tidelake.local.program import Port, Program
from tidelake.local.readiness import StartCancelled
from tidelake.local.watching import SilentWatcher
from tidelake.runtime.errors import LakeError


@pytest.fixture
def jar(tmp_path: Path) -> Path:
    jar = tmp_path / "a.jar"
    jar.write_bytes(b"jar")
    return jar


def trained(_scratch: Path, output: Path) -> None:
    output.write_bytes(b"cache")


class Sleeper:
    """A process that would not end by itself."""

    name = "sleeper"
    ports: Sequence[Port] = ()

    def prepare(self) -> Program:
        return Program(["sleep", "300"])

    def unready(self) -> str | None:
        return None


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


class Told(SilentWatcher):
    """Keeps what was told."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def doing(self, name: str, what: str) -> None:
        self.words.append(f"{name}: {what}")


def fails(_scratch: Path, output: Path) -> None:
    output.write_bytes(b"half a cache")
    raise LakeError("it ended.\nIts log: no room")


def test_training_that_fails_leaves_no_cache_is_told_and_is_no_reason_to_stop(
    tmp_path: Path, jar: Path
) -> None:
    told = Told()
    assert start_up_cache(tmp_path, "kafka", [], [jar], fails, told) is None
    assert not list((tmp_path / "aot").glob("*.aot"))
    [failed] = (tmp_path / "aot").glob("*.failed")
    assert told.words == [
        f"kafka: it will start slowly, as no start-up cache could be made: it ended. See {failed}"
    ]
    assert "no room" in failed.read_text()


def test_what_failed_is_tried_again_a_day_later_and_not_at_each_start(tmp_path: Path, jar: Path) -> None:
    assert start_up_cache(tmp_path, "kafka", [], [jar], fails) is None
    assert start_up_cache(tmp_path, "kafka", [], [jar], trained) is None
    [failed] = (tmp_path / "aot").glob("*.failed")
    os.utime(failed, (1, 1))
    assert start_up_cache(tmp_path, "kafka", [], [jar], trained)
    assert not failed.exists()


def test_training_that_writes_nothing_is_the_same_as_failing(tmp_path: Path, jar: Path) -> None:
    assert start_up_cache(tmp_path, "kafka", [], [jar], lambda _scratch, _output: None) is None


def test_training_that_is_given_up_is_no_failure(tmp_path: Path, jar: Path) -> None:
    def gives_up(_scratch: Path, _output: Path) -> None:
        raise StartCancelled("Nobody waits.")

    with pytest.raises(StartCancelled):
        start_up_cache(tmp_path, "kafka", [], [jar], gives_up)
    assert start_up_cache(tmp_path, "kafka", [], [jar], trained)


def test_who_waits_for_another_s_training_can_give_up(tmp_path: Path, jar: Path) -> None:
    (tmp_path / "aot").mkdir()
    with (
        alone(tmp_path / "aot/kafka.lock", lambda: False),
        pytest.raises(StartCancelled, match="Another process"),
    ):
        start_up_cache(tmp_path, "kafka", [], [jar], never, abandoned=lambda: True)


def test_what_a_killed_training_left_running_is_ended_by_the_next(tmp_path: Path, jar: Path) -> None:
    left = tmp_path / "aot/training-kafka-abc"
    child = launch(Sleeper(), Sleeper().prepare(), Home(left / "home"))
    assert start_up_cache(tmp_path, "kafka", [], [jar], trained)
    assert child.handle.wait(10) < 0
    assert not left.exists()


def test_caches_of_earlier_versions_do_not_pile_up(tmp_path: Path, jar: Path) -> None:
    for number in range(5):
        start_up_cache(tmp_path, "kafka", [f"-Xmx{number}m"], [jar], trained)
    assert len(list((tmp_path / "aot").glob("*.aot"))) == 2
