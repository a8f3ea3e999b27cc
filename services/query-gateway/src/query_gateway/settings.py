"""Every setting of the gateway. Variables are QUERY_GATEWAY_<NAME>; spans are seconds or ISO 8601."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator
from pydantic_settings import SettingsConfigDict
from tidelake.runtime.settings import ServiceSettings
from tidelake.tables.storage import StorageSettings

from query_gateway.core.question import Limits


class QueryGatewaySettings(StorageSettings, ServiceSettings):
    """The gateway's settings."""

    model_config = SettingsConfigDict(env_prefix="QUERY_GATEWAY_", frozen=True, extra="forbid")

    http_port: int = Field(default=18130, ge=0, le=65535)
    grpc_port: int = Field(default=18131, ge=0, le=65535)
    """gRPC listens on http_host too."""

    trino_url: str = Field(pattern="^https://.+")
    """By TLS only: Trino takes no token otherwise."""
    trino_certificate: Path | None = None
    """The only certificate to trust; without it those that the machine trusts."""
    trino_jwt_key: Path
    """File with the secret in base64 that Trino's http-server.authentication.jwt.key-file names, too."""
    trino_jwt_issuer: str = "lake"
    trino_jwt_audience: str = "trino"
    access_rules: Path
    """Trino's security.config-file, which this service writes and Trino reads again every second."""

    default_timeout: timedelta = Field(default=timedelta(seconds=60), ge=timedelta(seconds=1))
    max_timeout: timedelta = Field(default=timedelta(minutes=10), ge=timedelta(seconds=1))
    """For a whole answer, all of its pages."""
    max_rows: int = Field(default=1_000_000, ge=1)
    """Of one answer; it is cut there and says so."""
    page_rows: int = Field(default=1_000, ge=1)
    """Of one page of JSON, unless the question says otherwise."""
    max_page_rows: int = Field(default=10_000, ge=1)
    idle_timeout: timedelta = Field(default=timedelta(seconds=60), ge=timedelta(seconds=1))
    """Pages that nobody came for in this time are given up, and the query ends in Trino."""
    retry_after: timedelta = Field(default=timedelta(seconds=1), ge=timedelta(seconds=1))
    """What 429 and 503 ask the asker to wait."""

    drain_delay: timedelta = Field(default=timedelta(0), ge=timedelta(0))
    """How long a stopping gateway still takes questions after /readyz says no: balancers must notice."""

    refresh_interval: timedelta = Field(
        default=timedelta(seconds=2), gt=timedelta(0), le=timedelta(seconds=4)
    )
    """Keys and contracts are read anew so often, and the access rules written when they changed."""
    keys_valid_for: timedelta = Field(default=timedelta(hours=1), ge=timedelta(seconds=10))
    """So long after they were last read, keys are trusted; after that nobody is answered until they can be
    read again. It bounds how long a revoked key works while the store is away."""
    trino_check_interval: timedelta = Field(default=timedelta(seconds=10), gt=timedelta(0))
    """Trino is asked a question of the gateway's own so often while it answers, and each second while not."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.default_timeout > self.max_timeout:
            raise ValueError("default_timeout is longer than max_timeout allows")
        if self.page_rows > self.max_page_rows:
            raise ValueError("page_rows is more than max_page_rows allows")
        if self.drain_delay >= self.stop_timeout:
            raise ValueError("drain_delay must be shorter than stop_timeout, which it is a part of")
        return self

    @property
    def limits(self) -> Limits:
        """What one answer may cost."""
        return Limits(
            self.default_timeout, self.max_timeout, self.max_rows, self.page_rows, self.max_page_rows
        )
