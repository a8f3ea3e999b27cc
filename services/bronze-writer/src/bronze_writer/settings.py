"""Every setting of the writer. Variables are BRONZE_WRITER_<NAME>; spans are seconds or ISO 8601."""

from __future__ import annotations

from datetime import timedelta
from typing import Self

from pydantic import Field, model_validator
from pydantic_settings import SettingsConfigDict
from tidelake.runtime.settings import ServiceSettings
from tidelake.tables.storage import StorageSettings

from bronze_writer.flows.ports import Limits

_MIB = 1024 * 1024


class BronzeWriterSettings(StorageSettings, ServiceSettings):
    """The writer's settings."""

    model_config = SettingsConfigDict(env_prefix="BRONZE_WRITER_", frozen=True, extra="forbid")

    http_port: int = Field(default=18111, ge=0, le=65535)

    kafka_bootstrap_servers: str = Field(min_length=1)
    """host:port[,host:port...]"""
    group: str = Field(default="bronze-writer", min_length=1)
    """Consumer group: writers of one lake share it, and so the partitions."""
    commits_topic: str = "bronze-commits"

    max_record_bytes: int = Field(default=_MIB, ge=1024, le=64 * _MIB)
    """The largest record. The same setting for the door and the brokers; see tidelake.streams.limits."""
    max_poll_records: int = Field(default=5_000, ge=1)
    poll_timeout: timedelta = Field(default=timedelta(milliseconds=50), gt=timedelta(0))
    """A poll waits so long for its records, and a commit that is due for the poll."""
    session_timeout: timedelta = Field(default=timedelta(seconds=10), ge=timedelta(seconds=6))
    """A writer that is silent so long is taken for dead, and its partitions are given to others."""
    max_poll_interval: timedelta = Field(default=timedelta(minutes=5), gt=timedelta(0))
    """A writer that is busy so long leaves the group."""

    max_commit_bytes: int = Field(default=32 * _MIB, ge=_MIB)
    """So much pending for a table is committed early. In memory; on the store it is about a fifth."""
    max_buffered_bytes: int = Field(default=256 * _MIB, ge=_MIB)
    """With so much pending in all, partitions are paused until it is committed."""
    commit_deadline: timedelta = Field(default=timedelta(seconds=120), gt=timedelta(0))
    """A call to the store that takes longer ends the process (exit code 70): it can't be cancelled."""
    announce_timeout: timedelta = Field(default=timedelta(seconds=10), gt=timedelta(0))
    """Within which Kafka must confirm an announcement; later it is announced again."""

    contracts_interval: timedelta = Field(default=timedelta(seconds=2), gt=timedelta(0))
    """Published contracts are read anew so often."""
    lag_interval: timedelta = Field(default=timedelta(seconds=2), gt=timedelta(0))
    """Kafka is asked for the ends of all partitions so often."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.commit_deadline >= self.max_poll_interval:
            raise ValueError(
                "commit_deadline must be shorter than max_poll_interval: else a writer leaves its group in "
                "the middle of a commit that it still waits for"
            )
        if self.max_commit_bytes > self.max_buffered_bytes:
            raise ValueError("max_commit_bytes is larger than max_buffered_bytes and would never be reached")
        return self

    @property
    def limits(self) -> Limits:
        """What the flows need of them."""
        return Limits(
            max_commit_bytes=self.max_commit_bytes,
            max_buffered_bytes=self.max_buffered_bytes,
        )
