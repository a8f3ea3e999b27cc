"""Every setting of the processor. Variables are SILVER_PROCESSOR_<NAME>; spans are seconds or ISO 8601."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict
from tidelake.contracts.names import SILVER_GROUP
from tidelake.runtime.settings import ServiceSettings
from tidelake.tables.storage import StorageSettings

from silver_processor.outbound.spark import SparkLimits, SparkStart


class SilverProcessorSettings(StorageSettings, ServiceSettings):
    """The processor's settings."""

    model_config = SettingsConfigDict(env_prefix="SILVER_PROCESSOR_", frozen=True, extra="forbid")

    http_port: int = Field(default=18121, ge=0, le=65535)

    kafka_bootstrap_servers: str = Field(min_length=1)
    """host:port[,host:port...]"""
    group: str = Field(default=SILVER_GROUP, min_length=1)
    """Consumer group of the processors that share the datasets between them."""
    session_timeout: timedelta = Field(default=timedelta(seconds=12), gt=timedelta(0))
    """So long after a processor fell silent another one has its datasets. Kafka away for longer costs a
    processor its place."""
    give_way: timedelta = Field(default=timedelta(seconds=30), ge=timedelta(0))
    """A processor that starts while others work starts its Java so much later: one of them has mostly just
    taken over, and where they share a machine needs all of it."""
    commits_topic: str = "silver-commits"
    announce_timeout: timedelta = Field(default=timedelta(seconds=10), gt=timedelta(0))
    """Within which Kafka must confirm an announcement; later it is announced again."""

    java_home: Path
    """A Java runtime that Spark starts with."""
    spark_home: Path
    """A Spark, as pyspark has it, that has Delta's jars and the connector to the store among its own; see
    deploy/local artifacts.lock [spark]."""
    java_options: str | None = None
    """More of them for Spark's Java, such as -XX:AOTCache=FILE (see silver-warm-up)."""
    warm_up: bool = True
    """Whether Java is made warm while the lake has no dataset yet, or others work."""
    spark_heap: str = Field(default="1152m", pattern=r"^\d+[mg]$")
    """Java's heap. The process takes about half a gigabyte more."""
    spark_cores: int = Field(default=2, ge=1)
    scratch: Path = Path("/tmp/tidelake-silver-processor")
    """Where Spark keeps what it spills. Nothing there needs to be kept."""

    trigger_ms: int = Field(default=200, ge=0)
    """Milliseconds from the start of one micro-batch to the next, if there is anything to take."""
    max_files_per_batch: int = Field(default=50, ge=1)
    """Bronze files that one micro-batch takes at most: a stream that is behind catches up in such pieces."""

    contracts_interval: timedelta = Field(default=timedelta(seconds=2), gt=timedelta(0))
    """Published contracts are read anew so often."""
    first_retry: timedelta = Field(default=timedelta(seconds=1), gt=timedelta(0))
    """A stream that failed is started again so much later, twice as much with every failure that follows."""
    last_retry: timedelta = Field(default=timedelta(seconds=60), gt=timedelta(0))

    @property
    def spark_limits(self) -> SparkLimits:
        """What the driver may use."""
        return SparkLimits(self.spark_heap, self.spark_cores)

    @property
    def spark_start(self) -> SparkStart:
        """What the session is started with."""
        return SparkStart(self.java_home, self.spark_home, self.java_options or "")
