"""Every setting of the router. Variables are INGEST_ROUTER_<NAME>; spans are seconds or ISO 8601."""

from __future__ import annotations

from datetime import timedelta
from typing import Self

from pydantic import Field, model_validator
from pydantic_settings import SettingsConfigDict
from tidelake.runtime.settings import ServiceSettings
from tidelake.tables.storage import StorageSettings

from ingest_router.core.limits import Limits

_MIB = 1024 * 1024


class IngestRouterSettings(StorageSettings, ServiceSettings):
    """The door's settings."""

    model_config = SettingsConfigDict(env_prefix="INGEST_ROUTER_", frozen=True, extra="forbid")

    http_port: int = Field(default=18100, ge=0, le=65535)
    grpc_port: int = Field(default=18101, ge=0, le=65535)
    """gRPC listens on http_host too."""

    kafka_bootstrap_servers: str = Field(min_length=1)
    """host:port[,host:port...]"""
    counts_topic: str = "ingest-counts"

    max_record_bytes: int = Field(default=_MIB, ge=1024, le=64 * _MIB)
    """The largest record. The same setting for brokers and consumers; see tidelake.streams.limits."""
    max_body_bytes: int = Field(default=8 * _MIB, ge=1024)
    """The largest request, as sent and after decompression."""
    max_records_per_request: int = Field(default=10_000, ge=1)
    max_in_flight_bytes: int = Field(default=64 * _MIB, ge=1024)
    """Of bodies that may be in this process at once, at most half of one producer; above it requests are
    answered with 429."""
    max_open_calls: int = Field(default=128, ge=2)
    """gRPC calls with a key, streams too, that may be open at once, at most half of one producer. Each may
    hold one batch that has not arrived whole, which max_in_flight_bytes does not count yet."""

    body_timeout: timedelta = Field(default=timedelta(seconds=15), gt=timedelta(0))
    """Within which a body must have arrived whole."""
    ack_timeout: timedelta = Field(default=timedelta(seconds=10), gt=timedelta(0))
    """Within which Kafka must have answered; a little later the sender is told that nothing is known."""
    slow_after: timedelta = Field(default=timedelta(seconds=2), gt=timedelta(0))
    """When the oldest batch has waited so long for Kafka, new requests are answered with 429."""
    linger: timedelta = Field(default=timedelta(milliseconds=2), ge=timedelta(0))
    """How long the producer gathers records before it sends a batch."""
    retry_after: timedelta = Field(default=timedelta(seconds=1), ge=timedelta(seconds=1))
    """What 429 and 503 ask the sender to wait."""

    drain_delay: timedelta = Field(default=timedelta(0), ge=timedelta(0))
    """How long a stopping door still takes requests after /readyz says no, for load balancers to notice."""

    refresh_interval: timedelta = Field(
        default=timedelta(seconds=2), gt=timedelta(0), le=timedelta(seconds=4)
    )
    """Keys and contracts are read anew so often; a revoked key works at most this long and one reading, while
    the store can be read."""
    keys_valid_for: timedelta = Field(default=timedelta(hours=1), ge=timedelta(seconds=10))
    """So long after they were last read, keys are trusted; after that nothing is taken until they can be read
    again. It bounds how long a revoked key works while the store is away."""
    kafka_check_interval: timedelta = Field(default=timedelta(seconds=1), gt=timedelta(0))
    counts_interval: timedelta = Field(default=timedelta(seconds=1), gt=timedelta(0))

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.max_record_bytes > self.max_body_bytes:
            raise ValueError(
                "max_record_bytes is larger than max_body_bytes, so that it could never be reached"
            )
        if self.max_in_flight_bytes < 4 * self.max_body_bytes:
            raise ValueError(
                "max_in_flight_bytes must be at least four times max_body_bytes: one producer gets half of "
                "it, and a body counts as it was sent and once more decompressed"
            )
        if self.drain_delay >= self.stop_timeout:
            raise ValueError("drain_delay must be shorter than stop_timeout, which it is a part of")
        return self

    @property
    def limits(self) -> Limits:
        """What the decisions of the core need of them."""
        return Limits(self.max_record_bytes, self.max_body_bytes, self.max_records_per_request)
