"""The locked files of one engine on this machine, with progress for who watches."""

from collections.abc import Callable, Sequence
from pathlib import Path

from tidelake.local.artifacts import Artifact
from tidelake.local.fetching import ArtifactCache
from tidelake.local.watching import DownloadProgress, Watcher


def download(
    engine: str,
    locked: Sequence[Artifact],
    artifacts: ArtifactCache,
    watcher: Watcher,
    abandoned: Callable[[], bool],
) -> list[Path]:
    """Paths in the order of `locked`, each checked by content; only what is missing is downloaded.

    Raises DownloadFailed, WrongChecksum, CacheUnusable, StartCancelled.
    """
    if missing := artifacts.missing(locked):
        total_bytes = sum(one.size_bytes for one in missing)
        files = "1 file" if len(missing) == 1 else f"{len(missing)} files"
        watcher.doing(engine, f"downloading {files}, {total_bytes / 1e6:.1f} MB")
        progress = DownloadProgress(engine, total_bytes, watcher, abandoned)
        artifacts.fetch(missing, progress.advance, lane=engine)
    return [artifacts.path(one) for one in locked]
