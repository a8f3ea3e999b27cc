"""What a broker needs on the machine to start: its jars, and a cache that makes it start quickly."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from tidelake.local.aot import start_up_cache
from tidelake.local.artifacts import locked_artifacts
from tidelake.local.fetching import ArtifactCache
from tidelake.local.freeports import free_ports
from tidelake.local.home import Home
from tidelake.local.kafka import JVM_FLAGS, Kafka, KafkaInstall, KafkaSettings
from tidelake.local.process import launch, stop, wait_until_ready


def install_kafka(
    cache: Path, artifacts: ArtifactCache, on_bytes: Callable[[int], None] = lambda _: None
) -> KafkaInstall:
    """Jars checked by content, and start-up cache; downloads and trains (some 10 s) what is not there yet.

    Raises DownloadFailed, WrongChecksum, CacheUnusable.
    """
    jars = artifacts.fetch(locked_artifacts("kafka"), on_bytes)
    kept = start_up_cache(
        cache, "kafka", JVM_FLAGS, jars, lambda scratch, output: _train(scratch, output, jars)
    )
    # Java says on its standard output when it can't use a cache, and starts without.
    return KafkaInstall(jars, (f"-XX:AOTCache={kept}",) if kept else ())


def _train(scratch: Path, output: Path, jars: Sequence[Path]) -> None:
    """Starts a broker of its own on free ports and an empty folder, and ends it in order."""
    home = Home(scratch / "home")
    install = KafkaInstall(jars, (f"-XX:AOTCacheOutput={output}",))
    # The cache is written after the broker has ended, which takes some seconds more.
    kafka = Kafka(home, KafkaSettings(*free_ports(2)), install)
    program = replace(kafka.prepare(), stop_timeout=timedelta(seconds=90))
    child = launch(program, home)
    try:
        wait_until_ready(program, child, home, threading.Event())
    finally:
        stop(child.record, home)
        child.handle.wait()
