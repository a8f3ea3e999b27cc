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


class Service:
    """What all of them share: how they are told of the lake, and where they say whether they serve."""

    name: str

    def __init__(self, lake: LakeAddress, http: Port, grpc: Port | None = None) -> None:
        self._lake = lake
        self._http, self._grpc = http, grpc

    @property
    def ports(self) -> Sequence[Port]:
        """HTTP, and gRPC where it speaks it."""
        return (self._http, self._grpc) if self._grpc else (self._http,)

    def unready(self) -> str | None:
        """None once its /readyz says so; else the reasons that it gives."""
        return http_unready(f"http://127.0.0.1:{self._http.number}/readyz")

    def _program(self, service: str, settings: Mapping[str, object]) -> Program:
        """Its entry point. All that it is told is in variables."""
        told = {
            "INSTANCE": self.name,
            "LAKE_ROOT": self._lake.lake_root,
            "GCS_SERVICE_ACCOUNT": self._lake.service_account,
            "HTTP_PORT": self._http.number,
            **({"GRPC_PORT": self._grpc.number} if self._grpc else {}),
            **settings,
        }
        prefix = f"{service.upper().replace('-', '_')}_"
        return Program(
            command=[str(Path(sys.executable).with_name(service))],
            environ={f"{prefix}{key}": str(value) for key, value in told.items()},
            prefix=prefix,
            # A service's own deadline is 30 s; it must be allowed to reach it.
            stop_timeout=timedelta(seconds=40),
        )

    @property
    def _kafka(self) -> Mapping[str, object]:
        return {"KAFKA_BOOTSTRAP_SERVERS": self._lake.kafka_bootstrap_servers}


class IngestRouter(Service):
    """The door: HTTP and gRPC."""

    name = "ingest-router"

    def __init__(self, lake: LakeAddress, http_port: int, grpc_port: int) -> None:
        http, grpc = Port(http_port, "the ingest API by HTTP"), Port(grpc_port, "the ingest API by gRPC")
        super().__init__(lake, http, grpc)

    def prepare(self) -> Program:
        """Nothing to write: its settings are variables."""
        return self._program(self.name, {**self._kafka, "MAX_RECORD_BYTES": self._lake.max_record_bytes})


class LogRouter(Service):
    """Takes log lines from `logs.inbound` to their datasets."""

    name = "log-router"

    def __init__(self, lake: LakeAddress, http_port: int) -> None:
        super().__init__(lake, Port(http_port, f"health of {self.name}"))

    def prepare(self) -> Program:
        """Nothing to write: its settings are variables."""
        return self._program(self.name, {**self._kafka, "MAX_LINE_BYTES": self._lake.max_record_bytes})


class BronzeWriter(Service):
    """One of the writers, which share the partitions between them; `number` starts at 1."""

    def __init__(self, lake: LakeAddress, number: int, http_port: int) -> None:
        self.name = f"bronze-writer-{number}"
        super().__init__(lake, Port(http_port, f"health of {self.name}"))

    def prepare(self) -> Program:
        """Nothing to write: its settings are variables."""
        return self._program(
            "bronze-writer", {**self._kafka, "MAX_RECORD_BYTES": self._lake.max_record_bytes}
        )


class SilverProcessor(Service):
    """Makes silver out of bronze, on a Spark of its own; the `number`th, which starts at 1."""

    def __init__(
        self, home: Home, lake: LakeAddress, number: int, http_port: int, install: Callable[[], SparkInstall]
    ) -> None:
        self.name = silver_name(number)
        super().__init__(lake, Port(http_port, f"health of {self.name}"))
        self._home = home
        self._install = install

    def prepare(self) -> Program:
        """Raises what install_spark raises."""
        install = self._install()
        settings = {
            **self._kafka,
            **install.settings(),
            "SCRATCH": self._home.data / f"{SPARK}-{self.name}",
        }
        # Java and Spark load some 20,000 classes, beside Trino that starts at the same time.
        return replace(self._program("silver-processor", settings), start_timeout=timedelta(seconds=180))


def silver_name(number: int) -> str:
    """Mostly there is one alone."""
    return "silver-processor" if number == 1 else f"silver-processor-{number}"


class QueryGateway(Service):
    """Answers questions by HTTP and gRPC, and writes the rules of access that Trino goes by."""

    name = "query-gateway"

    def __init__(self, lake: LakeAddress, trino: Trino, http_port: int, grpc_port: int) -> None:
        http, grpc = Port(http_port, "the query API by HTTP"), Port(grpc_port, "the query API by gRPC")
        super().__init__(lake, http, grpc)
        self._trino = trino

    def prepare(self) -> Program:
        """Nothing to write: its settings are variables."""
        login = self._trino.login
        settings = {
            "TRINO_URL": login.url,
            "TRINO_CERTIFICATE": login.certificate,
            "TRINO_JWT_KEY": login.key_file,
            "ACCESS_RULES": self._trino.access_rules,
        }
        return self._program(self.name, settings)


class Monitor(Service):
    """Watches all of it; `endpoints` are the processes that it asks what they use, by name. `connect_url`:
    of a stack that has its sources."""

    name = "monitor"

    def __init__(
        self,
        lake: LakeAddress,
        http_port: int,
        grpc_port: int,
        endpoints: Mapping[str, int],
        connect_url: str | None = None,
    ) -> None:
        super().__init__(lake, Port(http_port, "the status page"), Port(grpc_port, "the monitor's gRPC"))
        self._endpoints = {**endpoints, self.name: http_port}
        self._sources = {"CONNECT_URL": connect_url} if connect_url else {}

    def prepare(self) -> Program:
        """Nothing to write: its settings are variables."""
        urls = {name: f"http://127.0.0.1:{port}/metrics" for name, port in self._endpoints.items()}
        return self._program(self.name, {**self._kafka, **self._sources, "ENDPOINTS": json.dumps(urls)})
