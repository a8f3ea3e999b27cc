"""What the engines need, got in good time."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from tidelake.local import installations
from tidelake.local.fetching import ArtifactCache
from tidelake.local.installations import Installations
from tidelake.local.kafka import KafkaInstall
from tidelake.local.maven import DownloadFailed
from tidelake.local.readiness import StartCancelled
from tidelake.local.trino import TrinoInstall
from tidelake.local.watching import SilentWatcher, Watcher


class Installers:
    """Stand-ins that wait for each other, so that only side by side can they end."""

    def __init__(self) -> None:
        self.called: list[str] = []
        self.together = threading.Barrier(2)

    def kafka(self, *_: object) -> KafkaInstall:
        self.called.append("kafka")
        self.together.wait(20)
        return KafkaInstall([])

    def trino(self, *_: object) -> TrinoInstall:
        self.called.append("trino")
        self.together.wait(20)
        return TrinoInstall(Path("/trino"))


def test_what_is_begun_is_got_side_by_side_and_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installers = Installers()
    both = {"kafka": installers.kafka, "trino": installers.trino}
    monkeypatch.setattr(installations, "_INSTALLERS", both)
    with Installations(tmp_path, SilentWatcher(), lambda: False) as begun:
        begun.begin(["gcs", "kafka", "trino"])
        assert begun.trino() == TrinoInstall(Path("/trino"))
        assert begun.trino() is begun.trino()
        assert begun.kafka() == KafkaInstall([])
    assert sorted(installers.called) == ["kafka", "trino"]


def test_who_leaves_gives_up_what_is_under_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = threading.Event()

    def install(
        _cache: Path, _artifacts: ArtifactCache, _watcher: Watcher, abandoned: Callable[[], bool]
    ) -> None:
        while not abandoned():
            gone.wait(0.01)
        gone.set()
        raise StartCancelled("given up")

    monkeypatch.setattr(installations, "_INSTALLERS", {"trino": install})
    with Installations(tmp_path, SilentWatcher(), lambda: False) as begun:
        begun.begin(["trino"])
        assert not gone.is_set()
    assert gone.wait(20)


def test_a_failure_is_raised_where_the_result_is_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIDELAKE_MAVEN_URL", "http://127.0.0.1:1")
    with Installations(tmp_path, SilentWatcher(), lambda: False) as begun:
        begun.begin(["metastore"])
        with pytest.raises(DownloadFailed, match="no connection could be made"):
            begun.metastore()
