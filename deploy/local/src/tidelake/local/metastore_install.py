"""What the metastore needs on the machine to start: its own jars out of their archive, and those beside."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tidelake.local.artifacts import Artifact, locked_artifacts
from tidelake.local.downloads import download
from tidelake.local.fetching import ArtifactCache
from tidelake.local.unpacking import extract, unpack_once
from tidelake.local.watching import SilentWatcher, Watcher

METASTORE = "metastore"
_SCHEMA = "scripts/metastore/upgrade/postgres/hive-schema-4.0.0.postgres.sql"


@dataclass(frozen=True, slots=True)
class MetastoreInstall:
    """Jars in the order of the class path, and the script that makes its tables in PostgreSQL."""

    jars: Sequence[Path]
    schema: Path


def install_metastore(
    cache: Path,
    artifacts: ArtifactCache,
    watcher: Watcher | None = None,
    abandoned: Callable[[], bool] = lambda: False,
) -> MetastoreInstall:
    """Downloads and unpacks what is not there yet. Safe from several processes at once.

    The archive goes when it is unpacked. Raises DownloadFailed, WrongChecksum, CacheUnusable, StartCancelled.
    """
    watcher = watcher or SilentWatcher()
    archive, beside = _locked()
    place = metastore_folder(cache)
    needed = beside if place.exists() else [archive, *beside]
    download(METASTORE, needed, artifacts, watcher, abandoned)

    def fill(folder: Path) -> None:
        [packed] = download(METASTORE, [archive], artifacts, watcher, abandoned)
        watcher.doing(METASTORE, "unpacking, once on this machine")
        extract(packed, folder, _wanted, abandoned)

    unpack_once(place, fill, abandoned)
    artifacts.path(archive).unlink(missing_ok=True)
    own = sorted((place / "lib").glob("*.jar"))
    return MetastoreInstall([*own, *map(artifacts.path, beside)], place / _SCHEMA)


def metastore_folder(cache: Path) -> Path:
    """Where its own jars are, or will be, unpacked."""
    archive, _ = _locked()
    return cache / "unpacked" / f"{METASTORE}-{archive.version}-{archive.sha256[:16]}"


def metastore_jars() -> Sequence[Artifact]:
    """What lies beside its own jars."""
    _, beside = _locked()
    return beside


def _locked() -> tuple[Artifact, list[Artifact]]:
    locked = locked_artifacts(METASTORE)
    [archive] = [one for one in locked if one.packaging == "tar.gz"]
    return archive, [one for one in locked if one is not archive]


def _wanted(name: str) -> bool:
    return name.startswith("lib/") or name == _SCHEMA
