"""What a broker needs on the machine to start: its jars, and a cache that makes it start quickly."""

from collections.abc import Callable, Sequence
from pathlib import Path

from tidelake.local.aot import start_up_cache
from tidelake.local.artifacts import locked_artifacts
from tidelake.local.downloads import download
from tidelake.local.fetching import ArtifactCache
from tidelake.local.freeports import free_ports
from tidelake.local.home import Home
from tidelake.local.kafka import JVM_FLAGS, Kafka, KafkaInstall, KafkaSettings
from tidelake.local.running import CACHE_WRITTEN, running
from tidelake.local.watching import SilentWatcher, Watcher


def install_kafka(
    cache: Path,
    artifacts: ArtifactCache,
    watcher: Watcher | None = None,
    abandoned: Callable[[], bool] = lambda: False,
) -> KafkaInstall:
    """Jars checked by content, and start-up cache; downloads and trains (10 to 30 s) what is not there yet.

    Raises DownloadFailed, WrongChecksum, CacheUnusable, StartCancelled.
    """
    watcher = watcher or SilentWatcher()
    jars = download(Kafka.name, locked_artifacts(Kafka.name), artifacts, watcher, abandoned)

    def train(scratch: Path, output: Path) -> None:
        once = "once on this machine, 10 to 30 s"
        watcher.doing(Kafka.name, f"making the cache that lets it start quickly ({once})")
        _train(scratch, output, jars, abandoned)

    kept = start_up_cache(cache, Kafka.name, JVM_FLAGS, jars, train, watcher, abandoned)
    # Java says on its standard output when it can't use a cache, and starts without.
    return KafkaInstall(jars, (f"-XX:AOTCache={kept}",) if kept else ())


def _train(scratch: Path, output: Path, jars: Sequence[Path], abandoned: Callable[[], bool]) -> None:
    """Starts a broker of its own on free ports and an empty folder, and ends it in order."""
    home = Home(scratch / "home")
    install = KafkaInstall(jars, (f"-XX:AOTCacheOutput={output}",))
    kafka = Kafka(home, KafkaSettings(*free_ports(2)), lambda: install)
    with running(kafka, home, abandoned, CACHE_WRITTEN):
        pass  # the cache is written when it ends
