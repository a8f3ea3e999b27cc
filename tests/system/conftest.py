"""Lakes for tests: each has its own store, datasets and consumer group; brokers are shared unless killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tidelake.local.cache import cache_folder
from tidelake.local.fetching import ArtifactCache
from tidelake.local.home import Home
from tidelake.local.internal_topics import make_internal_topics
from tidelake.local.kafka import Kafka, KafkaSettings
from tidelake.local.kafka_install import install_kafka
from tidelake.local.maven import MavenRepository
from tidelake.local.process import Child, launch, stop
from tidelake.local.readiness import wait_until_ready
from tidelake.local.spark_install import install_spark
from tidelake.testkit.road.ports import quiet_port
from tidelake.testkit.road.road import Road, running_road
from tidelake.testkit.road.service_process import ServiceProcess

LakeCommand = Callable[..., "subprocess.CompletedProcess[str]"]


@dataclass
class PrivateBroker:
    """A broker that a test may kill. Its port and its data stay the same over restarts."""

    home: Home
    settings: KafkaSettings = field(default_factory=lambda: KafkaSettings(quiet_port(), quiet_port()))
    child: Child | None = None

    @property
    def bootstrap(self) -> str:
        """What clients connect to."""
        return self._engine.bootstrap_servers

    def start(self) -> None:
        """Returns when it answers."""
        program = self._engine.prepare()
        self.child = launch(self._engine, program, self.home)
        wait_until_ready(self._engine, self.child.outcome, self.home, program.start_timeout)

    def kill(self) -> None:
        """SIGKILL: as a crash."""
        child = self._running()
        child.handle.send_signal(signal.SIGKILL)
        child.handle.wait(10)

    def stop(self) -> None:
        """Ends it in order."""
        child = self._running()
        stop(child.record, self.home)
        child.handle.wait(10)

    @property
    def _engine(self) -> Kafka:
        cache = cache_folder()
        artifacts = ArtifactCache(cache, MavenRepository.from_environ())
        return Kafka(self.home, self.settings, lambda: install_kafka(cache, artifacts))

    def _running(self) -> Child:
        assert self.child is not None, "the broker was never started"
        return self.child


@pytest.fixture
def private_broker(tmp_path: Path) -> Generator[PrivateBroker]:
    """A running broker for this test alone."""
    broker = PrivateBroker(Home(tmp_path / "kafka"))
    broker.start()
    try:
        make_internal_topics(broker.bootstrap)
        yield broker
    finally:
        broker.kill()


@pytest.fixture(scope="session")
def broker(kafka_bootstrap: str) -> str:
    """The shared broker, with the lake's own topics."""
    make_internal_topics(kafka_bootstrap)
    return kafka_bootstrap


@pytest.fixture
def road(tmp_path: Path, broker: str) -> Generator[Road]:
    """An empty lake on the shared broker."""
    with running_road(tmp_path, broker) as road:
        yield road


@pytest.fixture(scope="session")
def on_spark() -> Mapping[str, object]:
    """What a silver-processor must be told of its Java; on one core."""
    cache = cache_folder()
    install = install_spark(cache, ArtifactCache(cache, MavenRepository.from_environ()))
    # Its datasets are there before it: there is no time that a warm-up could use.
    return {**install.settings(), "SPARK_CORES": 1, "WARM_UP": False}


@pytest.fixture
def processor(road: Road, on_spark: Mapping[str, object]) -> Callable[..., ServiceProcess]:
    """A silver-processor of this lake by its name and settings; not started yet."""

    def made(name: str, **settings: object) -> ServiceProcess:
        return road.silver(name, **on_spark, **settings)

    return made


@pytest.fixture
def lake(road: Road) -> LakeCommand:
    """The command line, told of this lake and of the given door: lake(router, "audit", ...)."""

    def run(router: ServiceProcess, *arguments: str) -> "subprocess.CompletedProcess[str]":
        told = {
            "LAKE_ROOT": road.emulator.lake_root,
            "LAKE_GCS_SERVICE_ACCOUNT": str(road.emulator.service_account_path),
            "LAKE_KAFKA_BOOTSTRAP_SERVERS": road.bootstrap,
            "LAKE_ROUTER_URL": router.url,
        }
        return subprocess.run(
            [sys.executable, "-m", "tidelake.cli", *arguments],
            env={**os.environ, **told},
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )

    return run
