"""Kafka Connect with Debezium: follows databases and writes their changes to Kafka."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tidelake.local.connect_conf import JVM_FLAGS, LOG4J, worker
from tidelake.local.home import Home
from tidelake.local.http_health import http_unready
from tidelake.local.jre import java
from tidelake.local.kafka import class_path
from tidelake.local.private_files import write_private
from tidelake.local.program import Port, Program

CONNECT = "connect"
# Relative to the state folder, in which it runs: Java splits a class path at a colon.
_CONF = "conf/connect"
_MAIN = "org.apache.kafka.connect.cli.ConnectDistributed"


@dataclass(frozen=True, slots=True)
class ConnectSettings:
    """`max_record_bytes` bounds a change as it bounds every record: the same number as the broker's."""

    bootstrap_servers: str
    port: int = 18083
    max_record_bytes: int = 1_048_576


@dataclass(frozen=True, slots=True)
class ConnectInstall:
    """Jars in the lock's order, the folder that holds the plugins, and flags for this start only."""

    jars: Sequence[Path]
    plugins: Path
    jvm_flags: Sequence[str] = ()


class Connect:
    """One worker on 127.0.0.1 that keeps all that it must remember in Kafka."""

    name = CONNECT

    def __init__(self, home: Home, settings: ConnectSettings, install: Callable[[], ConnectInstall]) -> None:
        self._home = home
        self._settings = settings
        self._install = install

    @property
    def ports(self) -> Sequence[Port]:
        """The one that it serves on."""
        return (Port(self._settings.port, "Kafka Connect"),)

    @property
    def url(self) -> str:
        """Where connectors are made and looked at; without a slash."""
        return f"http://127.0.0.1:{self._settings.port}"

    def prepare(self) -> Program:
        """Writes its configuration. Raises what installing raises."""
        install = self._install()
        self._home.make()
        conf = self._home.root / _CONF
        logins = self._home.sources
        logins.mkdir(mode=0o700, exist_ok=True)
        told = self._settings
        text = worker(told.port, told.bootstrap_servers, install.plugins, logins, told.max_record_bytes)
        write_private(conf / "connect.properties", text)
        (conf / "log4j2.properties").write_text(LOG4J, encoding="utf-8")
        logs = f"-Dlog4j2.configurationFile={_CONF}/log4j2.properties"
        server = ("-cp", class_path(install.jars), _MAIN, f"{_CONF}/connect.properties")
        return Program(
            command=(str(java()), *JVM_FLAGS, *install.jvm_flags, logs, *server),
            start_timeout=timedelta(seconds=120),
        )

    def unready(self) -> str | None:
        """None once it says itself that it is healthy, for which it has read all that it keeps in Kafka."""
        return http_unready(f"{self.url}/health")
