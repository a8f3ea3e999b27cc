"""What Trino needs on the machine to start: its server and a few of its plugins, out of one large archive."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tidelake.local.artifacts import locked_artifacts
from tidelake.local.downloads import download
from tidelake.local.fetching import ArtifactCache
from tidelake.local.trino_links import PLUGINS, kept, link_targets
from tidelake.local.unpacking import extract, unpack_once
from tidelake.local.watching import SilentWatcher, Watcher

TRINO = "trino"


@dataclass(frozen=True, slots=True)
class TrinoInstall:
    """The folder that holds `lib` and `plugin`."""

    folder: Path


def install_trino(
    cache: Path,
    artifacts: ArtifactCache,
    watcher: Watcher | None = None,
    abandoned: Callable[[], bool] = lambda: False,
) -> TrinoInstall:
    """Downloads and unpacks what is not there yet. Safe from several processes at once.

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
    return TrinoInstall(place)


def trino_folder(cache: Path) -> Path:
    """Where it is, or will be, unpacked. Raises StaleLinks."""
    [archive] = locked_artifacts(TRINO)
    key = link_targets(archive).key
    return cache / "unpacked" / f"{TRINO}-{archive.version}-{archive.sha256[:16]}-{key}"
