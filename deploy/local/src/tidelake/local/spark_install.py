"""What a Spark session needs beside the Python package: jars for Delta and gs://, and a Java that starts."""

import hashlib
import os
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tidelake.local.artifacts import locked_artifacts
from tidelake.local.downloads import download
from tidelake.local.fetching import ArtifactCache, CacheUnusable
from tidelake.local.jre import java
from tidelake.local.watching import SilentWatcher, Watcher

SPARK = "spark"

# Spark's launcher asks for a module that this Java runtime was built without, and Java would not start.
_LAUNCHER = """\
#!/bin/sh
n=$#
while [ $n -gt 0 ]; do
  a=$1; shift; n=$((n-1))
  case "$a" in --add-modules=jdk.incubator.vector) ;; *) set -- "$@" "$a";; esac
done
exec {java} "$@"
"""


@dataclass(frozen=True, slots=True)
class SparkInstall:
    """`java_home` is JAVA_HOME for the process that starts a session; `jars` are its spark.jars."""

    java_home: Path
    jars: Sequence[Path]


def install_spark(
    cache: Path,
    artifacts: ArtifactCache,
    watcher: Watcher | None = None,
    abandoned: Callable[[], bool] = lambda: False,
) -> SparkInstall:
    """Jars checked by content; downloads what is not there yet. Safe from several processes at once.

    Raises DownloadFailed, WrongChecksum, CacheUnusable, StartCancelled.
    """
    jars = download(SPARK, locked_artifacts(SPARK), artifacts, watcher or SilentWatcher(), abandoned)
    return SparkInstall(_java_home(cache, java()), jars)


def _java_home(cache: Path, real: Path) -> Path:
    """A folder whose bin/java starts `real`; one for each Java, as checkouts share the cache."""
    text = _LAUNCHER.format(java=shlex.quote(str(real)))
    home = cache / "spark" / f"jre-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    launcher = home / "bin" / "java"
    if not launcher.exists():
        try:
            launcher.parent.mkdir(parents=True, exist_ok=True)
            draft = launcher.with_name(f".java.{os.getpid()}")
            draft.write_text(text, encoding="utf-8")
            draft.chmod(0o755)
            draft.replace(launcher)
        except OSError as error:
            raise CacheUnusable(cache, error) from error
    return home
