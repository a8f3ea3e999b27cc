"""Trino: questions to the lake's tables in SQL."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tidelake.local.certificate import kept_certificate
from tidelake.local.home import Home
from tidelake.local.jre import java
from tidelake.local.metastore_conf import LakeStore
from tidelake.local.private_files import kept_file, new_password, write_private
from tidelake.local.program import Port, Program
from tidelake.local.trino_conf import (
    CATALOG,
    FIRST_RULES,
    JVM_FLAGS,
    LOG_LEVELS,
    RESOURCE_GROUPS,
    TrinoFiles,
    catalog,
    config,
    properties,
)
from tidelake.local.trino_login import TrinoLogin
from tidelake.local.trino_query import TrinoUnwell, ask

TRINO = "trino"


@dataclass(frozen=True, slots=True)
class TrinoInstall:
    """The folder that holds `lib` and `plugin`, and flags that let Java start quickly from it."""

    folder: Path
    flags: Sequence[str] = ()


class Trino:
    """One Trino on 127.0.0.1, coordinator and worker in one."""

    name = TRINO
    question = f"select count(*) from {CATALOG}.information_schema.schemata"
    """What it answers when it is ready: the metastore has to, and PostgreSQL behind it."""

    def __init__(
        self,
        home: Home,
        port: int,
        metastore_uri: str,
        store: LakeStore,
        install: Callable[[], TrinoInstall],
    ) -> None:
        self._home = home
        self._port = port
        self._metastore_uri = metastore_uri
        self._store = store
        self._install = install

    @property
    def ports(self) -> Sequence[Port]:
        """The one that it serves on, by TLS."""
        return (Port(self._port, "Trino"),)

    @property
    def login(self) -> TrinoLogin:
        """The way in."""
        return TrinoLogin.of(self._home, self._port)

    @property
    def access_rules(self) -> Path:
        """Who may see what. Read again every second; written here only when it is not there."""
        return self._home.data / "trino" / "access-rules.json"

    def prepare(self) -> Program:
        """Writes its configuration, certificate and keys. Raises what installing raises."""
        install = self._install()
        self._home.make()
        folder = self._home.conf / "trino"
        self._write(folder / "etc")
        data = self.access_rules.parent
        options = {
            "config": "etc/config.properties",
            "log.levels-file": "etc/log.properties",
            "node.environment": "local",
            "node.id": "local-1",
            "node.data-dir": str(data),
            "plugin.dir": str(install.folder / "plugin"),
        }
        told = [f"-D{name}={value}" for name, value in options.items()]
        server = ("-cp", f"{install.folder}/lib/*", "io.trino.server.TrinoServer")
        return Program(
            command=(str(java()), *JVM_FLAGS, *install.flags, *told, *server),
            start_timeout=timedelta(seconds=240),
            # It reads its rules of access and resource groups from etc/ of the folder that it runs in.
            folder=folder,
        )

    def unready(self) -> str | None:
        """None once it answers a question about the lake to the admin."""
        try:
            ask(self.login, self.question, timedelta(seconds=10))
        except TrinoUnwell as error:
            return str(error)
        return None

    def _write(self, etc: Path) -> None:
        certificate = kept_certificate(self._home.secrets, "trino", datetime.now(UTC))
        login = self.login
        login.make_key()
        files = TrinoFiles(certificate.keystore, certificate.trusted, login.key_file, self.access_rules)
        secret = kept_file(self._home.secrets / "trino-internal", new_password)
        access = {
            "access-control.name": "file",
            "security.config-file": self.access_rules,
            "security.refresh-period": "1s",
        }
        groups = {
            "resource-groups.configuration-manager": "file",
            "resource-groups.config-file": "etc/resource-groups.json",
        }
        catalogues = {
            "catalog.config-dir": "etc/catalog",
            "catalog.read-only": "true",
        }
        for name, text in {
            "config.properties": config(self._port, files, secret),
            "log.properties": LOG_LEVELS,
            "access-control.properties": properties(access),
            "resource-groups.properties": properties(groups),
            "catalog-store.properties": properties(catalogues),
            "resource-groups.json": json.dumps(RESOURCE_GROUPS, indent=2),
            f"catalog/{CATALOG}.properties": catalog(self._metastore_uri, self._store),
        }.items():
            write_private(etc / name, text)
        kept_file(self.access_rules, lambda: json.dumps(FIRST_RULES, indent=2))
