"""What a broker needs on the machine to start: its jars, and a cache that makes it start quickly."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from tidelake.local.aot import start_up_cache
from tidelake.local.artifacts import locked_artifacts
from tidelake.local.downloads import download
from tidelake.local.fetching import ArtifactCache
from tidelake.local.freeports import free_ports
from tidelake.local.home import Home
from tidelake.local.kafka import JVM_FLAGS, Kafka, KafkaInstall, KafkaSettings
from tidelake.local.process import launch, stop
from tidelake.local.readiness import wait_until_ready
from tidelake.local.watching import SilentWatcher, Watcher


def install_kafka(
    cache: Path,
    artifacts: ArtifactCache,
    watcher: Watcher | None = None,
    abandoned: Callable[[], bool] = lambda: False,
) -> KafkaInstall:
    """Jars checked by content, and start-up cache; downloads and trains (some 10 s) what is not there yet.

    Raises DownloadFailed, WrongChecksum, CacheUnusable, StartCancelled.
    """
    watcher = watcher or SilentWatcher()
    jars = download(Kafka.name, locked_artifacts(Kafka.name), artifacts, watcher, abandoned)

    def train(scratch: Path, output: Path) -> None:
        watcher.doing(Kafka.name, "making the cache that lets it start quickly, once on this machine")
        _train(scratch, output, jars, abandoned)

    kept = start_up_cache(cache, Kafka.name, JVM_FLAGS, jars, train)
    # Java says on its standard output when it can't use a cache, and starts without.
    return KafkaInstall(jars, (f"-XX:AOTCache={kept}",) if kept else ())


def _train(scratch: Path, output: Path, jars: Sequence[Path], abandoned: Callable[[], bool]) -> None:
    """Starts a broker of its own on free ports and an empty folder, and ends it in order."""
    home = Home(scratch / "home")
    install = KafkaInstall(jars, (f"-XX:AOTCacheOutput={output}",))
    kafka = Kafka(home, KafkaSettings(*free_ports(2)), lambda: install)
    # The cache is written after the broker has ended, which takes some seconds more.
    program = replace(kafka.prepare(), stop_timeout=timedelta(seconds=90))
    child = launch(kafka, program, home)
    try:
        wait_until_ready(kafka, child.outcome, home, program.start_timeout, abandoned)
    finally:
        stop(child.record, home)
        child.handle.wait()
