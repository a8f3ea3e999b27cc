"""What a Spark session needs beside the Python package: a Spark with jars for Delta and gs://, a Java that
starts, and a cache that makes it start quickly."""

import hashlib
import os
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tidelake.local.aot import start_up_cache
from tidelake.local.artifacts import locked_artifacts
from tidelake.local.downloads import download
from tidelake.local.fetching import ArtifactCache, CacheUnusable
from tidelake.local.jre import java
from tidelake.local.spark_home import install_spark_home
from tidelake.local.spark_training import train_spark
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
    """JAVA_HOME and SPARK_HOME for the process that starts a session, and more options for its Java.

    `jars` are those that the Spark has beside pyspark's own.
    """

    java_home: Path
    spark_home: Path
    java_options: str
    jars: Sequence[Path]

    def settings(self) -> Mapping[str, str]:
        """As silver-processor's variables name them, without their prefix."""
        return {
            "JAVA_HOME": str(self.java_home),
            "SPARK_HOME": str(self.spark_home),
            "JAVA_OPTIONS": self.java_options,
        }


def install_spark(
    cache: Path,
    artifacts: ArtifactCache,
    watcher: Watcher | None = None,
    abandoned: Callable[[], bool] = lambda: False,
) -> SparkInstall:
    """Jars checked by content, and start-up cache; downloads and trains (a minute or three) what is not
    there yet. Safe from several processes at once.

    Raises DownloadFailed, WrongChecksum, CacheUnusable, StartCancelled.
    """
    watcher = watcher or SilentWatcher()
    jars = download(SPARK, locked_artifacts(SPARK), artifacts, watcher, abandoned)
    java_home, spark_home = _java_home(cache, java()), install_spark_home(cache, jars, abandoned)

    def train(scratch: Path, output: Path) -> None:
        once = "once on this machine, one to three minutes"
        watcher.doing(SPARK, f"making the cache that lets it start quickly ({once})")
        training = SparkInstall(java_home, spark_home, f"-XX:AOTCacheOutput={output}", jars)
        train_spark(scratch, training.settings(), abandoned)

    # The flags are silver-processor's own: Java leaves a cache aside that they do not fit, and says so.
    every = sorted((spark_home / "jars").iterdir())
    kept = start_up_cache(cache, SPARK, (), every, train, watcher, abandoned)
    # Java says on its standard output when it can't use a cache, and starts without.
    return SparkInstall(java_home, spark_home, f"-XX:AOTCache={kept}" if kept else "", jars)


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
