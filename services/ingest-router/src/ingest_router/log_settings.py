"""Every setting of the log-router. Variables are LOG_ROUTER_<NAME>; spans are seconds or ISO 8601."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field
from pydantic_settings import SettingsConfigDict
from tidelake.contracts.names import LOG_ROUTER_GROUP
from tidelake.runtime.settings import ServiceSettings
from tidelake.tables.storage import StorageSettings

_MIB = 1024 * 1024


class LogRouterSettings(StorageSettings, ServiceSettings):
    """The settings of one worker."""

    model_config = SettingsConfigDict(env_prefix="LOG_ROUTER_", frozen=True, extra="forbid")

    http_port: int = Field(default=18102, ge=0, le=65535)
    kafka_bootstrap_servers: str = Field(min_length=1)
    """host:port[,host:port...]"""
    group: str = Field(default=LOG_ROUTER_GROUP, min_length=1)
    """Workers of one consumer group share the partitions."""

    max_line_bytes: int = Field(default=_MIB, ge=1024, le=64 * _MIB)
    """The largest line; the same as MAX_RECORD_BYTES of door and writers."""
    batch_lines: int = Field(default=500, ge=1, le=10_000)
    batch_wait: timedelta = Field(
        default=timedelta(milliseconds=100), gt=timedelta(0), le=timedelta(seconds=5)
    )
    """How long lines are gathered before they are sent together."""
    ack_timeout: timedelta = Field(default=timedelta(seconds=10), gt=timedelta(0))
    """Within which Kafka must have answered; what it did not answer is sent again."""
    retry_after: timedelta = Field(default=timedelta(seconds=1), gt=timedelta(0))
    refresh_interval: timedelta = Field(default=timedelta(seconds=2), gt=timedelta(0))
    """Contracts are read anew so often."""
    check_interval: timedelta = Field(default=timedelta(seconds=1), gt=timedelta(0))
    """Partitions are looked at so often: lag, and whether they move."""
    session_timeout: timedelta = Field(
        default=timedelta(seconds=10), ge=timedelta(seconds=6), le=timedelta(seconds=40)
    )
    """Without a word for so long, a worker counts as dead and others take its partitions."""
    stall_timeout: timedelta = Field(default=timedelta(seconds=60), gt=timedelta(0))
    """A partition with lines that has not moved for so long ends the process."""
