"""What Trino needs on the machine to start: its server, a few of its plugins, and a start-up cache."""

import shutil
from collections.abc import Callable
from pathlib import Path

from tidelake.local.aot import start_up_cache
from tidelake.local.artifacts import locked_artifacts
from tidelake.local.downloads import download
from tidelake.local.fetching import ArtifactCache
from tidelake.local.freeports import free_ports
from tidelake.local.gcs import Gcs
from tidelake.local.home import Home
from tidelake.local.metastore_conf import LakeStore
from tidelake.local.running import CACHE_WRITTEN, running
from tidelake.local.trino import TRINO, Trino, TrinoInstall
from tidelake.local.trino_conf import JVM_FLAGS
from tidelake.local.trino_links import PLUGINS, kept, link_targets
from tidelake.local.unpacking import extract, unpack_once
from tidelake.local.watching import SilentWatcher, Watcher


def install_trino(
    cache: Path,
    artifacts: ArtifactCache,
    watcher: Watcher | None = None,
    abandoned: Callable[[], bool] = lambda: False,
) -> TrinoInstall:
    """Downloads, unpacks and trains (a minute) what is not there yet. Safe from several processes at once.

    The archive (821 MB) goes when it is unpacked. Raises DownloadFailed, WrongChecksum, CacheUnusable,
    StaleLinks, StartCancelled.
    """
    watcher = watcher or SilentWatcher()
    [archive] = locked_artifacts(TRINO)
    targets = link_targets(archive)

    def fill(folder: Path) -> None:
        [packed] = download(TRINO, [archive], artifacts, watcher, abandoned)
        watcher.doing(TRINO, "unpacking, once on this machine")
        extract(packed, folder, lambda name: kept(name) or name in targets, abandoned)
        for plugin in (folder / "plugin").iterdir():
            if plugin.name not in PLUGINS:
                shutil.rmtree(plugin)

    place = unpack_once(trino_folder(cache), fill, abandoned)
    artifacts.path(archive).unlink(missing_ok=True)

    def train(scratch: Path, output: Path) -> None:
        once = "once on this machine, up to a minute"
        watcher.doing(TRINO, f"making the cache that lets it start quickly ({once})")
        train_trino(scratch, output, place, abandoned)

    jars = sorted((place / "lib").iterdir())
    quick = start_up_cache(cache, TRINO, JVM_FLAGS, jars, train, watcher, abandoned)
    # Java says on its standard output when it can't use a cache, and starts without.
    return TrinoInstall(place, (f"-XX:AOTCache={quick}",) if quick else ())


def trino_folder(cache: Path) -> Path:
    """Where it is, or will be, unpacked. Raises StaleLinks."""
    [archive] = locked_artifacts(TRINO)
    key = link_targets(archive).key
    return cache / "unpacked" / f"{TRINO}-{archive.version}-{archive.sha256[:16]}-{key}"


class _WithoutMetastore(Trino):
    """What the metastore would be asked for lies in a plugin, and no cache holds a plugin's classes."""

    question = "select max(n) from (values 1, 2) as numbers (n) where n < 2"


def train_trino(scratch: Path, output: Path, folder: Path, abandoned: Callable[[], bool]) -> None:
    """Starts a Trino of its own, beside a store, and ends it in order. Raises StartFailed, StartCancelled."""
    home, (store_port, port) = Home(scratch / "home"), free_ports(2)
    gcs = Gcs(home, store_port)
    store = LakeStore(gcs.lake_root, gcs.address, home.service_account)
    install = TrinoInstall(folder, (f"-XX:AOTCacheOutput={output}",))
    trino = _WithoutMetastore(home, port, "thrift://127.0.0.1:1", store, lambda: install)
    with running(gcs, home), running(trino, home, abandoned, CACHE_WRITTEN):
        pass  # the cache is written when it ends
