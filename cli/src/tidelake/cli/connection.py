"""Which lake the command line speaks to: the local stack's, unless variables name another."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from tidelake.cli.here import local_home
from tidelake.local.home import Home
from tidelake.local.ports import StackPorts
from tidelake.local.records import ProcessRecord, Records
from tidelake.local.remembered_ports import ports_of
from tidelake.runtime.errors import LakeError, Terminal

if TYPE_CHECKING:
    from tidelake.local.trino_login import TrinoLogin
    from tidelake.streams.kafka_topics import KafkaTopics
    from tidelake.tables.objects import Objects
    from tidelake.tables.storage import LakeStorage

LOCAL_ROOT = "gs://lake"
_ADDRESSES = ("LAKE_ROOT", "LAKE_KAFKA_BOOTSTRAP_SERVERS", "LAKE_ROUTER_URL")
# A person waits for the answer: a store that is down is named after seconds.
_PATIENCE = timedelta(seconds=5)
_MAX_RETRIES = 3
# The processes of the local stack that are spoken to, by name.
STORE, KAFKA, ROUTER, TRINO, GATEWAY = "gcs", "kafka", "ingest-router", "trino", "query-gateway"
CONNECT = "connect"
LOG_ROUTER = "log-router"
_TRINO = ("LAKE_TRINO_URL", "LAKE_TRINO_JWT_KEY", "LAKE_TRINO_CERTIFICATE")


class NoLocalLake(LakeError, Terminal):
    """No lake is named, and the local one was never started."""

    def __init__(self, key_file: Path) -> None:
        self.key_file = key_file
        super().__init__(
            f"The local lake is not there: {key_file} is missing, which ./lake up makes. "
            "Start it with ./lake up, or name another lake by LAKE_ROOT, LAKE_GCS_SERVICE_ACCOUNT, "
            "LAKE_KAFKA_BOOTSTRAP_SERVERS and LAKE_ROUTER_URL."
        )


class LocalStackStopped(LakeError, Terminal):
    """A process of the local stack that is needed does not run."""

    def __init__(self, process: str, others_run: bool) -> None:
        self.process = process
        super().__init__(
            f"{process} of the local stack is not running, and this needs it. Start what is missing: "
            "./lake up"
            if others_run
            else "The local stack is not running. Start it: ./lake up"
        )


class HalfNamedLake(LakeError, Terminal):
    """Some variables name a lake and others are left to the local stack's."""

    def __init__(self, missing: list[str]) -> None:
        self.missing = tuple(missing)
        super().__init__(
            f"Another lake is named, but not by {' and '.join(missing)}: this command would mix it with the "
            "local stack, so nothing was done. Set all of LAKE_ROOT, LAKE_KAFKA_BOOTSTRAP_SERVERS and "
            "LAKE_ROUTER_URL, or none."
        )


class InvalidReplication(LakeError, Terminal):
    """The number of Kafka's copies is none."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(
            f"LAKE_KAFKA_REPLICATION={text!r} is not a number of copies. Set it to a whole number from 1 on."
        )


class InvalidTrino(LakeError, Terminal):
    """Another lake's Trino is named, and not so that one can come into it."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__(
            f"{problem} Nothing was done. Set LAKE_TRINO_URL to https://HOST:PORT and LAKE_TRINO_JWT_KEY to "
            "the file that Trino's http-server.authentication.jwt.key-file names; LAKE_TRINO_CERTIFICATE "
            "too, if its certificate is one of your own. Or set none of them, if the lake has no Trino."
        )


class InvalidSources(LakeError, Terminal):
    """Another lake's Kafka Connect is named by half."""

    def __init__(self) -> None:
        super().__init__(
            "LAKE_CONNECT_URL and LAKE_SOURCES belong together, and one of them is missing. Nothing was "
            "done. Set LAKE_CONNECT_URL to http://HOST:PORT and LAKE_SOURCES to the folder of logins "
            "(<database>.properties), which Connect must see under the same path. Or set neither, if the "
            "lake follows no table."
        )


@dataclass(frozen=True, slots=True)
class Sources:
    """What tables of databases are followed with."""

    connect_url: str  # without a slash at its end
    logins: Path  # a folder with a file for each database


@dataclass(frozen=True, slots=True)
class Connection:
    """Where the parts of one lake are reached. Opens nothing until a client is asked for.

    Clients of the local stack raise LocalStackStopped, at once, when what they would speak to does not run.
    """

    lake_root: str
    service_account: Path | None
    kafka_bootstrap_servers: str
    router_url: str
    replication: int = 1  # of topics that are made; 3 in production
    local: Home | None = None  # the local stack's state folder; None for another lake
    trino: TrinoLogin | None = None  # None: the lake has no Trino and no silver-processor
    gateway_url: str | None = None  # None: the lake has no query-gateway
    sources: Sources | None = None  # None: the lake has no Kafka Connect
    log_router_url: str | None = None  # of one of its workers; None: nobody said where one is

    def storage(self) -> LakeStorage:
        """The lake's root for table clients."""
        from tidelake.tables.storage import LakeStorage, StoreLimits  # takes a while: not for help

        self.require(STORE)
        limits = StoreLimits(request=_PATIENCE, retry_for=_PATIENCE, max_retries=_MAX_RETRIES)
        return LakeStorage(self.lake_root, self.service_account, limits)

    def objects(self) -> Objects:
        """The small objects below the lake's root."""
        return self.storage().objects()

    def topics(self) -> KafkaTopics:
        """Kafka's admin."""
        from tidelake.streams.kafka_topics import KafkaTopics

        self.require(KAFKA)
        return KafkaTopics(self.kafka_bootstrap_servers, "lake-cli")

    def local_router(self) -> ProcessRecord | None:
        """The local stack's router if it runs; None for another lake."""
        record = Records(self.local.run).find(ROUTER) if self.local else None
        return record if record and record.alive else None

    def runs(self, process: str) -> bool:
        """Whether that process of the local stack runs; False for another lake. Asks its record only."""
        record = Records(self.local.run).find(process) if self.local else None
        return record is not None and record.alive

    def require(self, process: str) -> None:
        """Raises LocalStackStopped if that process of the local stack does not run. Asks its record only."""
        if self.local is None:
            return
        running = {record.name for record in Records(self.local.run).all() if record.alive}
        if process not in running:
            raise LocalStackStopped(process, bool(running))


def connect(environ: Mapping[str, str] = os.environ) -> Connection:
    """The lake that the variables LAKE_ROOT, LAKE_GCS_SERVICE_ACCOUNT, LAKE_KAFKA_BOOTSTRAP_SERVERS,
    LAKE_ROUTER_URL, LAKE_LOG_ROUTER_URL, LAKE_KAFKA_REPLICATION, LAKE_TRINO_..., LAKE_GATEWAY_URL,
    LAKE_CONNECT_URL and LAKE_SOURCES name; without them it is the local stack's.

    The three addresses are named together or not at all, so that no command joins two lakes. A root without a
    key file uses the machine's own credentials. Raises HalfNamedLake, NoLocalLake, LocalStackStopped,
    InvalidReplication, InvalidTrino, InvalidSources, HomeUnusable, InvalidPorts, OtherPorts.
    """
    missing = [name for name in _ADDRESSES if not environ.get(name)]
    if missing and any(environ.get(name) for name in (*_ADDRESSES, *_TRINO)):
        raise HalfNamedLake(missing)
    account = Path(key) if (key := environ.get("LAKE_GCS_SERVICE_ACCOUNT")) else None
    root = environ.get("LAKE_ROOT") or None
    home = local_home(environ) if root is None else None
    ports = ports_of(home, environ) if home else StackPorts()
    if home and account is None:
        account = home.service_account
        if not account.exists():
            raise NoLocalLake(account)
    connection = Connection(
        lake_root=root or LOCAL_ROOT,
        service_account=account,
        kafka_bootstrap_servers=environ.get("LAKE_KAFKA_BOOTSTRAP_SERVERS") or f"127.0.0.1:{ports.kafka}",
        router_url=(environ.get("LAKE_ROUTER_URL") or f"http://127.0.0.1:{ports.router_http}").rstrip("/"),
        replication=_replication(environ.get("LAKE_KAFKA_REPLICATION", "1")),
        local=home,
        trino=_local_trino(home, ports) if home else _named_trino(environ),
        gateway_url=_local_gateway(home, ports) if home else environ.get("LAKE_GATEWAY_URL"),
        sources=_local_sources(home, ports) if home else _named_sources(environ),
        log_router_url=_local_log_router(home, ports) if home else environ.get("LAKE_LOG_ROUTER_URL"),
    )
    connection.require(STORE)  # as every command does, before it imports what takes a while
    return connection


def _local_trino(home: Home, ports: StackPorts) -> TrinoLogin | None:
    """The stack's, dead or alive; None if it was started without the query layer."""
    from tidelake.local.trino_login import TrinoLogin

    return TrinoLogin.of(home, ports.trino) if Records(home.run).find(TRINO) else None


def _local_gateway(home: Home, ports: StackPorts) -> str | None:
    """As `_local_trino`."""
    return f"http://127.0.0.1:{ports.gateway_http}" if Records(home.run).find(GATEWAY) else None


def _local_sources(home: Home, ports: StackPorts) -> Sources | None:
    """As `_local_trino`."""
    if not Records(home.run).find(CONNECT):
        return None
    return Sources(f"http://127.0.0.1:{ports.connect}", home.sources)


def _named_sources(environ: Mapping[str, str]) -> Sources | None:
    url, logins = environ.get("LAKE_CONNECT_URL"), environ.get("LAKE_SOURCES")
    if not url and not logins:
        return None
    if not url or not logins:
        raise InvalidSources
    return Sources(url.rstrip("/"), Path(logins).absolute())


def _local_log_router(home: Home, ports: StackPorts) -> str | None:
    """As `_local_trino`."""
    return f"http://127.0.0.1:{ports.log_router}" if Records(home.run).find(LOG_ROUTER) else None


def _named_trino(environ: Mapping[str, str]) -> TrinoLogin | None:
    url, key, certificate = (environ.get(name) for name in _TRINO)
    if not (url or key or certificate):
        return None
    if not url or not url.startswith("https://"):
        raise InvalidTrino(f"LAKE_TRINO_URL={url or ''!r} is not the https address of a Trino.")
    if not key or not Path(key).is_file():
        raise InvalidTrino(f"LAKE_TRINO_JWT_KEY={key or ''!r} names no file.")
    if certificate and not Path(certificate).is_file():
        raise InvalidTrino(f"LAKE_TRINO_CERTIFICATE={certificate!r} names no file.")
    from tidelake.local.trino_login import TrinoLogin

    return TrinoLogin(url.rstrip("/"), Path(certificate) if certificate else None, Path(key))


def _replication(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise InvalidReplication(text)
    return int(text)
