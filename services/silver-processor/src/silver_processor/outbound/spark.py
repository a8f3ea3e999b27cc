"""The one Spark session of the process: a driver on this machine, Delta, and the lake's store."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from pyspark.sql import SparkSession
from tidelake.tables.storage import LakeStorage

# Half of the heap for what lives no longer than a micro-batch: what outlives it for want of room costs a full
# collection every few seconds. Java's second compiler (tier 4) waits for four times as many calls as usual:
# it took a third of the processor in a stream's first minute, mostly for code that never ran often again.
_JAVA_OPTIONS = (
    "-XX:+UseParallelGC -XX:NewRatio=1 -XX:MaxMetaspaceSize=320m -XX:ReservedCodeCacheSize=240m -Xss4m "
    "-XX:Tier4InvocationThreshold=20000 -XX:Tier4MinInvocationThreshold=2400 "
    "-XX:Tier4CompileThreshold=60000 -XX:Tier4BackEdgeThreshold=160000"
)
_CHECKPOINT_MANAGER = (
    "org.apache.spark.sql.execution.streaming.checkpointing.FileSystemBasedCheckpointFileManager"
)


@dataclass(frozen=True, slots=True)
class SparkLimits:
    """What the driver may use. `heap` is Java's spelling, such as 768m."""

    heap: str = "1152m"
    cores: int = 2


@dataclass(frozen=True, slots=True)
class SparkStart:
    """JAVA_HOME and SPARK_HOME, and options of Java beside the session's own."""

    java_home: Path
    spark_home: Path
    java_options: str = ""


def spark_options(storage: LakeStorage, scratch: Path, limits: SparkLimits) -> Mapping[str, str]:
    """Everything that the session is told. Times are UTC throughout. `scratch` takes what spills."""
    return {
        "spark.master": f"local[{limits.cores}]",
        "spark.driver.memory": limits.heap,
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.warehouse.dir": str(scratch / "warehouse"),
        "spark.local.dir": str(scratch),
        "spark.sql.session.timeZone": "UTC",
        # Where in Python a column was made would be noted with each: seconds for a plan of some size.
        "spark.python.sql.dataFrameDebugging.enabled": "false",
        "spark.sql.ansi.enabled": "true",
        "spark.sql.shuffle.partitions": str(limits.cores),
        # A micro-batch is small, and new to Spark each time: most of it would be planning anew while it runs,
        # and making Java of expressions that see a few thousand rows (docs/benchmarks.md).
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.codegen.wholeStage": "false",
        "spark.databricks.delta.snapshotPartitions": "1",
        # The other one, which gs:// gets, asks the store twice as often for each entry of the checkpoint.
        "spark.sql.streaming.checkpointFileManagerClass": _CHECKPOINT_MANAGER,
        **{f"spark.hadoop.{name}": value for name, value in storage.hadoop_options().items()},
    }


@contextmanager
def spark_session(options: Mapping[str, str], start: SparkStart) -> Generator[SparkSession]:
    """Starts Java and the session, and ends both."""
    os.environ.update(
        JAVA_HOME=str(start.java_home),
        SPARK_HOME=str(start.spark_home),
        PYSPARK_PYTHON=sys.executable,
        PYSPARK_DRIVER_PYTHON=sys.executable,
        SPARK_LOCAL_IP="127.0.0.1",
    )
    builder = cast("Any", SparkSession.builder)
    java_options = f"{_JAVA_OPTIONS} {start.java_options}".strip()
    for name, value in {**options, "spark.driver.extraJavaOptions": java_options}.items():
        builder = builder.config(name, value)
    session = cast("SparkSession", builder.getOrCreate())
    session.sparkContext.setLogLevel("ERROR")
    try:
        yield session
    finally:
        session.stop()


def end_java(session: SparkSession, within: timedelta) -> None:
    """Returns when Java has ended, and done what it does at its end, such as writing an AOT cache.

    Raises subprocess.TimeoutExpired.
    """
    java = cast("subprocess.Popen[bytes]", cast("Any", session.sparkContext)._gateway.proc)
    assert java.stdin is not None
    java.stdin.close()  # what it takes for the end of the process that it serves
    java.wait(within.total_seconds())
