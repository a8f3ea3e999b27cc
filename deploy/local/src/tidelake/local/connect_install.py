"""What Kafka Connect needs on the machine to start: its jars, Debezium's plugin, and a start-up cache."""

from collections.abc import Callable, Sequence
from pathlib import Path

from tidelake.local.aot import start_up_cache
from tidelake.local.artifacts import Artifact, locked_artifacts
from tidelake.local.connect import CONNECT, Connect, ConnectInstall, ConnectSettings
from tidelake.local.connect_conf import JVM_FLAGS
from tidelake.local.downloads import download
from tidelake.local.fetching import ArtifactCache
from tidelake.local.freeports import free_ports
from tidelake.local.home import Home
from tidelake.local.kafka import Kafka, KafkaSettings
from tidelake.local.kafka_install import install_kafka
from tidelake.local.running import CACHE_WRITTEN, running
from tidelake.local.unpacking import extract, unpack_once
from tidelake.local.watching import SilentWatcher, Watcher

_PLUGIN = "debezium-connector-postgres"


def install_connect(
    cache: Path,
    artifacts: ArtifactCache,
    watcher: Watcher | None = None,
    abandoned: Callable[[], bool] = lambda: False,
) -> ConnectInstall:
    """Downloads, unpacks and trains (half a minute to a minute) what is not there yet. Safe from several
    processes at once.

    The plugin's archive goes when it is unpacked. Raises DownloadFailed, WrongChecksum, CacheUnusable,
    StartCancelled.
    """
    watcher = watcher or SilentWatcher()
    archive, jars = _locked()
    paths = download(CONNECT, jars, artifacts, watcher, abandoned)

    def fill(folder: Path) -> None:
        [packed] = download(CONNECT, [archive], artifacts, watcher, abandoned)
        extract(packed, folder / _PLUGIN, lambda name: name.endswith(".jar"), abandoned)

    plugins = unpack_once(plugins_folder(cache), fill, abandoned)
    artifacts.path(archive).unlink(missing_ok=True)

    def train(scratch: Path, output: Path) -> None:
        once = "once on this machine, up to a minute"
        watcher.doing(CONNECT, f"making the cache that lets it start quickly ({once})")
        with_broker = install_kafka(cache, artifacts, abandoned=abandoned)
        broker = Kafka(Home(scratch / "kafka"), KafkaSettings(*free_ports(2)), lambda: with_broker)
        with running(broker, Home(scratch / "kafka")):
            _train(scratch / "connect", output, broker.bootstrap_servers, paths, plugins, abandoned)

    kept = start_up_cache(cache, CONNECT, JVM_FLAGS, paths, train, watcher, abandoned)
    # Java says on its standard output when it can't use a cache, and starts without.
    return ConnectInstall(paths, plugins, (f"-XX:AOTCache={kept}",) if kept else ())


def plugins_folder(cache: Path) -> Path:
    """Where the plugin is, or will be, unpacked."""
    archive, _ = _locked()
    return cache / "unpacked" / f"{CONNECT}-{archive.version}-{archive.sha256[:16]}"


def connect_jars() -> Sequence[Artifact]:
    """Connect's own."""
    _, jars = _locked()
    return jars


def _locked() -> tuple[Artifact, list[Artifact]]:
    locked = locked_artifacts(CONNECT)
    [archive] = [one for one in locked if one.packaging == "tar.gz"]
    return archive, [one for one in locked if one is not archive]


def _train(
    scratch: Path,
    output: Path,
    bootstrap_servers: str,
    jars: Sequence[Path],
    plugins: Path,
    abandoned: Callable[[], bool],
) -> None:
    """Starts a worker of its own and ends it in order."""
    home = Home(scratch)
    install = ConnectInstall(jars, plugins, (f"-XX:AOTCacheOutput={output}",))
    worker = Connect(home, ConnectSettings(bootstrap_servers, *free_ports(1)), lambda: install)
    with running(worker, home, abandoned, CACHE_WRITTEN):
        pass  # the cache is written when it ends
