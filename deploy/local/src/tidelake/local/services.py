"""The lake's own services as processes of the stack, each from its own entry point."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from tidelake.local.home import Home
from tidelake.local.http_health import http_unready
from tidelake.local.program import Port, Program
from tidelake.local.spark_install import SPARK, SparkInstall
from tidelake.local.trino import Trino


@dataclass(frozen=True, slots=True)
class LakeAddress:
    """What every service is told of the lake that it works for."""

    lake_root: str
    service_account: Path
    kafka_bootstrap_servers: str
    max_record_bytes: int


class IngestRouter:
    """The door: HTTP and gRPC."""

    name = "ingest-router"

    def __init__(self, lake: LakeAddress, http_port: int, grpc_port: int) -> None:
        self._lake = lake
        self._http_port = http_port
        self._grpc_port = grpc_port

    @property
    def ports(self) -> Sequence[Port]:
        """HTTP and gRPC."""
        return (
            Port(self._http_port, "the ingest API by HTTP"),
            Port(self._grpc_port, "the ingest API by gRPC"),
        )

    def prepare(self) -> Program:
        """Nothing to write: its settings are variables."""
        settings = {
            "HTTP_PORT": self._http_port,
            "GRPC_PORT": self._grpc_port,
            "MAX_RECORD_BYTES": self._lake.max_record_bytes,
        }
        return _service("ingest-router", self.name, self._lake, settings)

    def unready(self) -> str | None:
        """None once its /readyz says so; else the reasons that it gives."""
        return http_unready(f"http://127.0.0.1:{self._http_port}/readyz")


class LogRouter:
    """Takes log lines from `logs.inbound` to their datasets."""

    name = "log-router"

    def __init__(self, lake: LakeAddress, http_port: int) -> None:
        self._lake = lake
        self._http_port = http_port

    @property
    def ports(self) -> Sequence[Port]:
        """Health, metrics and what it follows."""
        return (Port(self._http_port, f"health of {self.name}"),)

    def prepare(self) -> Program:
        """Nothing to write: its settings are variables."""
        settings = {"HTTP_PORT": self._http_port, "MAX_LINE_BYTES": self._lake.max_record_bytes}
        return _service("log-router", self.name, self._lake, settings)

    def unready(self) -> str | None:
        """None once its /readyz says so; else the reasons that it gives."""
        return http_unready(f"http://127.0.0.1:{self._http_port}/readyz")


class BronzeWriter:
    """One of the writers, which share the partitions between them; `number` starts at 1."""

    def __init__(self, lake: LakeAddress, number: int, http_port: int) -> None:
        self.name = f"bronze-writer-{number}"
        self._lake = lake
        self._http_port = http_port

    @property
    def ports(self) -> Sequence[Port]:
        """Health and metrics."""
        return (Port(self._http_port, f"health of {self.name}"),)

    def prepare(self) -> Program:
        """Nothing to write: its settings are variables."""
        settings = {"HTTP_PORT": self._http_port, "MAX_RECORD_BYTES": self._lake.max_record_bytes}
        return _service("bronze-writer", self.name, self._lake, settings)

    def unready(self) -> str | None:
        """None once its /readyz says so; else the reasons that it gives."""
        return http_unready(f"http://127.0.0.1:{self._http_port}/readyz")


class SilverProcessor:
    """Makes silver out of bronze, on a Spark of its own."""

    name = "silver-processor"

    def __init__(
        self, home: Home, lake: LakeAddress, http_port: int, install: Callable[[], SparkInstall]
    ) -> None:
        self._home = home
        self._lake = lake
        self._http_port = http_port
        self._install = install

    @property
    def ports(self) -> Sequence[Port]:
        """Health and metrics."""
        return (Port(self._http_port, f"health of {self.name}"),)

    def prepare(self) -> Program:
        """Raises what install_spark raises."""
        install = self._install()
        settings = {
            "HTTP_PORT": self._http_port,
            "JAVA_HOME": install.java_home,
            "SPARK_JARS": json.dumps([str(jar) for jar in install.jars]),
            "SCRATCH": self._home.data / SPARK,
        }
        program = _service("silver-processor", self.name, self._lake, settings)
        # Java and Spark load some 20,000 classes, beside Trino that starts at the same time.
        return replace(program, start_timeout=timedelta(seconds=180))

    def unready(self) -> str | None:
        """None once its /readyz says so; else the reasons that it gives."""
        return http_unready(f"http://127.0.0.1:{self._http_port}/readyz")


class QueryGateway:
    """Answers questions by HTTP and gRPC, and writes the rules of access that Trino goes by."""

    name = "query-gateway"

    def __init__(self, lake: LakeAddress, trino: Trino, http_port: int, grpc_port: int) -> None:
        self._lake = lake
        self._trino = trino
        self._http_port = http_port
        self._grpc_port = grpc_port

    @property
    def ports(self) -> Sequence[Port]:
        """HTTP and gRPC."""
        return (
            Port(self._http_port, "the query API by HTTP"),
            Port(self._grpc_port, "the query API by gRPC"),
        )

    def prepare(self) -> Program:
        """Nothing to write: its settings are variables."""
        login = self._trino.login
        return _program(
            "query-gateway",
            {
                "INSTANCE": self.name,
                "LAKE_ROOT": self._lake.lake_root,
                "GCS_SERVICE_ACCOUNT": self._lake.service_account,
                "HTTP_PORT": self._http_port,
                "GRPC_PORT": self._grpc_port,
                "TRINO_URL": login.url,
                "TRINO_CERTIFICATE": login.certificate,
                "TRINO_JWT_KEY": login.key_file,
                "ACCESS_RULES": self._trino.access_rules,
            },
        )

    def unready(self) -> str | None:
        """None once its /readyz says so; else the reasons that it gives."""
        return http_unready(f"http://127.0.0.1:{self._http_port}/readyz")


class Monitor:
    """Watches all of it; `endpoints` are the processes that it asks what they use, by name."""

    name = "monitor"

    def __init__(
        self, lake: LakeAddress, http_port: int, grpc_port: int, endpoints: Mapping[str, int]
    ) -> None:
        self._lake = lake
        self._http_port = http_port
        self._grpc_port = grpc_port
        self._endpoints = {**endpoints, self.name: http_port}

    @property
    def ports(self) -> Sequence[Port]:
        """HTTP and gRPC."""
        return (
            Port(self._http_port, "the status page"),
            Port(self._grpc_port, "the monitor's gRPC"),
        )

    def prepare(self) -> Program:
        """Nothing to write: its settings are variables."""
        urls = {name: f"http://127.0.0.1:{port}/metrics" for name, port in self._endpoints.items()}
        settings = {
            "HTTP_PORT": self._http_port,
            "GRPC_PORT": self._grpc_port,
            "ENDPOINTS": json.dumps(urls),
        }
        return _service("monitor", self.name, self._lake, settings)

    def unready(self) -> str | None:
        """None once its /readyz says so; else the reasons that it gives."""
        return http_unready(f"http://127.0.0.1:{self._http_port}/readyz")


def _service(service: str, name: str, lake: LakeAddress, settings: Mapping[str, object]) -> Program:
    told = {
        "LAKE_ROOT": lake.lake_root,
        "GCS_SERVICE_ACCOUNT": lake.service_account,
        "KAFKA_BOOTSTRAP_SERVERS": lake.kafka_bootstrap_servers,
        "INSTANCE": name,
        **settings,
    }
    return _program(service, told)


def _program(service: str, told: Mapping[str, object]) -> Program:
    prefix = service.upper().replace("-", "_")
    return Program(
        command=[str(Path(sys.executable).with_name(service))],
        environ={f"{prefix}_{key}": str(value) for key, value in told.items()},
        # A service's own deadline is 30 s; it must be allowed to reach it.
        stop_timeout=timedelta(seconds=40),
    )
