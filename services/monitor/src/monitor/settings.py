"""Every setting of the monitor. Variables are MONITOR_<NAME>; spans are seconds or ISO 8601."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field
from pydantic_settings import SettingsConfigDict
from tidelake.contracts.names import ALERTS, BRONZE_COMMITS, LOG_ROUTER_GROUP, SILVER_COMMITS
from tidelake.runtime.settings import ServiceSettings
from tidelake.tables.storage import StorageSettings


class MonitorSettings(StorageSettings, ServiceSettings):
    """The monitor's settings."""

    model_config = SettingsConfigDict(env_prefix="MONITOR_", frozen=True, extra="forbid")

    http_port: int = Field(default=18140, ge=0, le=65535)
    grpc_port: int = Field(default=18141, ge=0, le=65535)
    """gRPC listens on http_host too."""

    kafka_bootstrap_servers: str = Field(min_length=1)
    bronze_commits_topic: str = BRONZE_COMMITS.name
    silver_commits_topic: str = SILVER_COMMITS.name
    alerts_topic: str = ALERTS.name
    log_router_group: str = Field(default=LOG_ROUTER_GROUP, min_length=1)
    """Lines of logs.inbound below what it has committed are to be in datasets or dead letters."""

    endpoints: dict[str, str] = Field(default_factory=dict[str, str])
    """Where processes say what they use: URL of /metrics by the process' name."""

    connect_url: str | None = Field(default=None, pattern="^https?://.+")
    """Where Kafka Connect says how the connectors of followed tables are; without it nobody is told."""

    contracts_interval: timedelta = Field(default=timedelta(seconds=2), gt=timedelta(0))
    look_interval: timedelta = Field(default=timedelta(seconds=5), gt=timedelta(0))
    """From the end of one look at all datasets to the next."""
    process_interval: timedelta = Field(default=timedelta(seconds=5), gt=timedelta(0))
    window: timedelta = Field(default=timedelta(minutes=5), ge=timedelta(seconds=10))
    """Delays, rates and the share in quarantine are those of so long."""
    full_count_interval: timedelta = Field(default=timedelta(hours=1), gt=timedelta(0))
    """So often every file is read anew, though files never change."""
    files_interval: timedelta = Field(default=timedelta(minutes=1), gt=timedelta(0))
    """So often each file of a table is asked for, whether it is there still."""
    tables_interval: timedelta = Field(default=timedelta(seconds=60), ge=timedelta(seconds=1))
    """ops.freshness, ops.ledger and ops.process_metrics get at most one commit each in so long."""

    gap_patience: timedelta = Field(default=timedelta(seconds=20), ge=timedelta(0))
    """So long must a row that silver jumped over stay without an outcome before it is told as lost."""
    freshness_patience: timedelta = Field(default=timedelta(seconds=30), ge=timedelta(0))
    """So long must a dataset be later than its contract says before it is told."""
    quarantine_share: float = Field(default=0.01, ge=0, le=1)
    """More of the decided rows than that in quarantine is told, where the contract names no completeness."""

    webhook_url: str | None = Field(default=None, pattern="^https?://.+")
    """Alerts are posted there as JSON, as Alertmanager does; without it they are on page and topic."""
    webhook_timeout: timedelta = Field(default=timedelta(seconds=5), gt=timedelta(0))
    max_watchers: int = Field(default=100, ge=1)
