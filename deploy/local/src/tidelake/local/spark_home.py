"""A SPARK_HOME at one path for all checkouts: an AOT cache is good for the paths that it was made with."""

import contextlib
import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import distribution
from pathlib import Path

from tidelake.local.unpacking import unpack_once


def install_spark_home(cache: Path, jars: Sequence[Path], abandoned: Callable[[], bool]) -> Path:
    """pyspark's scripts and jars, with these jars among them. Files are linked where they can be: no second
    half gigabyte. Raises CacheUnusable, StartCancelled.
    """
    package = _package()
    every = [*sorted((package / "jars").glob("*.jar")), *jars]

    def fill(folder: Path) -> None:
        shutil.copytree(package / "bin", folder / "bin")
        (folder / "jars").mkdir()
        for jar in every:
            _link(jar, folder / "jars" / jar.name)

    return unpack_once(cache / "spark" / f"home-{_key(every)}", fill, abandoned)


def _package() -> Path:
    return Path(str(distribution("pyspark").locate_file("pyspark")))


def _link(file: Path, place: Path) -> None:
    with contextlib.suppress(OSError):  # another disk, or one without links
        os.link(file, place)
        return
    shutil.copy2(file, place)


def _key(jars: Iterable[Path]) -> str:
    stats = [(jar.name, jar.stat().st_size) for jar in jars]
    return hashlib.sha256(repr(stats).encode()).hexdigest()[:16]
