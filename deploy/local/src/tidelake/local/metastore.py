"""Hive Metastore: knows which tables there are and where each lies."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

from tidelake.local import metastore_install
from tidelake.local.home import Home
from tidelake.local.jre import java
from tidelake.local.kafka import class_path
from tidelake.local.metastore_conf import LOG4J, LakeStore, metastore_site
from tidelake.local.metastore_install import MetastoreInstall
from tidelake.local.postgres import METASTORE
from tidelake.local.private_files import write_private
from tidelake.local.program import Port, Program
from tidelake.local.psql import PostgresLogin
from tidelake.local.thrift_ping import MetastoreUnwell, databases
from tidelake.runtime.errors import LakeError, Terminal

# Relative to the state folder, in which it runs: Java splits a class path at a colon.
_CONF = "conf/metastore"
_MAIN = "org.apache.hadoop.hive.metastore.HiveMetaStore"
_SCHEMA_VERSION = "4.0.0"
# Without PostgreSQL it says so after some 2 s, on a busy machine later.
_PATIENCE = timedelta(seconds=6)
JVM_FLAGS = (
    *("-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError"),
    "--enable-native-access=ALL-UNNAMED",
)


class OtherSchema(LakeError, Terminal):
    """The metastore's tables are those of another version."""

    def __init__(self, found: str) -> None:
        super().__init__(
            f"The metastore's tables in PostgreSQL are of version {found}, and {_SCHEMA_VERSION} is needed. "
            "They were left as they are. Use the Tidelake that made them, or `./lake down --purge`, which "
            "removes all data of the stack."
        )
        self.found = found


class Metastore:
    """A metastore on 127.0.0.1 that keeps what it knows in PostgreSQL."""

    name = metastore_install.METASTORE

    def __init__(
        self,
        home: Home,
        port: int,
        login: PostgresLogin,
        store: LakeStore,
        install: Callable[[], MetastoreInstall],
    ) -> None:
        self._home = home
        self._port = port
        self._login = login
        self._store = store
        self._install = install

    @property
    def ports(self) -> Sequence[Port]:
        """The one that it serves on."""
        return (Port(self._port, "the metastore"),)

    @property
    def uri(self) -> str:
        """What clients connect to."""
        return f"thrift://127.0.0.1:{self._port}"

    def prepare(self) -> Program:
        """Writes its configuration, and makes its tables once. Needs PostgreSQL to run.

        Raises QueryFailed, OtherSchema, and what installing raises.
        """
        install = self._install()
        self._home.make()
        conf = self._home.root / _CONF
        conf.mkdir(mode=0o700, exist_ok=True)
        site = metastore_site(self._port, self._login, METASTORE, self._store)
        write_private(conf / "metastore-site.xml", site)
        (conf / "log4j2.properties").write_text(LOG4J, encoding="utf-8")
        make_tables(self._login, install.schema)
        server = (
            "-cp",
            f"{_CONF}:{class_path(install.jars)}",
            "org.apache.hadoop.hive.metastore.HiveMetaStore",
        )
        logs = f"-Dlog4j.configurationFile={_CONF}/log4j2.properties"
        return Program(
            command=(str(java()), *JVM_FLAGS, logs, *server, "-p", str(self._port)),
            start_timeout=timedelta(seconds=120),
        )

    def unready(self) -> str | None:
        """None once it names its databases, which it reads from PostgreSQL."""
        try:
            databases(self._port, _PATIENCE)
        except MetastoreUnwell as error:
            return str(error)
        return None


def make_tables(login: PostgresLogin, script: Path) -> None:
    """All of them or none, and only where there are none. Raises QueryFailed, OtherSchema."""
    if login.ask(METASTORE, "select 1 from pg_tables where tablename = 'VERSION'") == []:
        login.run_script(METASTORE, script)
    [version] = login.ask(METASTORE, 'select "SCHEMA_VERSION" from "VERSION"')
    if version != _SCHEMA_VERSION:
        raise OtherSchema(version)
