"""Unpacks archives into the cache: a folder that is there is whole, and is never written again."""

import os
import shutil
import tarfile
from collections.abc import Callable, Generator, Iterable
from pathlib import Path

from tidelake.local.alone import alone
from tidelake.local.fetching import CacheUnusable
from tidelake.local.readiness import StartCancelled


def unpack_once(place: Path, fill: Callable[[Path], None], abandoned: Callable[[], bool]) -> Path:
    """`place`; when it is not there, `fill(folder)` writes its content elsewhere before it is put in place.

    One process at a time fills it; the others wait. Raises CacheUnusable, StartCancelled, what `fill` raises.
    """
    if place.exists():
        return place
    new = place.with_name(f"{place.name}.new")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with alone(place.with_name(f"{place.name}.lock"), abandoned):
            if not place.exists():
                shutil.rmtree(new, ignore_errors=True)
                new.mkdir()
                try:
                    fill(new)
                    os.sync()  # the name must not reach the disk before the content
                    new.replace(place)
                finally:
                    shutil.rmtree(new, ignore_errors=True)
    except OSError as error:
        raise CacheUnusable(place.parent, error) from error
    return place


def extract(
    archive: Path, folder: Path, wanted: Callable[[str], bool], abandoned: Callable[[], bool]
) -> None:
    """The members whose names are `wanted`, without the archive's outermost folder; one pass over the file.

    A hard link needs its target to be wanted too. Raises StartCancelled.
    """
    with tarfile.open(archive, "r|gz", bufsize=1 << 20) as members:
        members.errorlevel = 2  # every error is one, a link without its target too
        members.extractall(folder, _chosen(members, wanted, abandoned), filter="tar")


def _chosen(
    members: Iterable[tarfile.TarInfo], wanted: Callable[[str], bool], abandoned: Callable[[], bool]
) -> Generator[tarfile.TarInfo]:
    for member in members:
        if abandoned():
            raise StartCancelled("The unpacking was given up.")
        name = inner(member.name)
        if member.isdir() or not wanted(name):
            continue
        member.name = name
        member.linkname = inner(member.linkname)
        yield member


def inner(name: str) -> str:
    """A member's name without the archive's outermost folder."""
    return name.partition("/")[2]
