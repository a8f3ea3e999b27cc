"""What the Hive Metastore reads at its start."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from tidelake.local.log4j import console
from tidelake.local.psql import PostgresLogin

# Its start and its troubles: a line for each question would fill the log by health checks alone.
LOG4J = console(
    "WARN",
    """\
logger.server.name=org.apache.hadoop.hive.metastore.HiveMetaStore
logger.server.level=INFO
logger.audit.name=org.apache.hadoop.hive.metastore.HiveMetaStore.audit
logger.audit.level=WARN
""",
)


@dataclass(frozen=True, slots=True)
class LakeStore:
    """Where tables lie, and how Google's clients come to it; `address` is the store's, without a slash."""

    root: str
    address: str
    service_account: Path
    project: str = "lake-local"


def metastore_site(port: int, login: PostgresLogin, database: str, store: LakeStore) -> str:
    """metastore-site.xml; it holds the password of PostgreSQL."""
    jdo = "javax.jdo.option"
    return _xml(
        {
            "metastore.thrift.uris": f"thrift://127.0.0.1:{port}",
            "metastore.thrift.bind.host": "127.0.0.1",
            f"{jdo}.ConnectionURL": login.jdbc_url(database),
            f"{jdo}.ConnectionDriverName": "org.postgresql.Driver",
            f"{jdo}.ConnectionUserName": login.user,
            f"{jdo}.ConnectionPassword": login.password,
            "metastore.warehouse.dir": f"{store.root}/warehouse",
            "metastore.warehouse.external.dir": f"{store.root}/warehouse",
            "metastore.expression.proxy": "org.apache.hadoop.hive.metastore.DefaultPartitionExpressionProxy",
            "metastore.task.threads.always": "org.apache.hadoop.hive.metastore.events.EventCleanerTask",
            "metastore.storage.schema.reader.impl": (
                "org.apache.hadoop.hive.metastore.SerDeStorageSchemaReader"
            ),
            "metastore.event.db.notification.api.auth": "false",
            "metastore.compactor.initiator.on": "false",
            "metastore.execute.setugi": "false",
            "metastore.server.min.threads": "4",
            "metastore.server.max.threads": "50",
            "datanucleus.connectionPool.maxPoolSize": "6",
            # While PostgreSQL is away a question fails within seconds, and not after ten times two of them.
            "metastore.hmshandler.retry.attempts": "1",
            "metastore.hmshandler.retry.interval": "200ms",
            "hikaricp.connectionTimeout": "1000",
            "fs.gs.impl": "com.google.cloud.hadoop.fs.gcs.GoogleHadoopFileSystem",
            "fs.gs.project.id": store.project,
            "fs.gs.storage.root.url": f"{store.address}/",
            "fs.gs.auth.type": "SERVICE_ACCOUNT_JSON_KEYFILE",
            "fs.gs.auth.service.account.json.keyfile": str(store.service_account),
            "fs.gs.token.server.url": f"{store.address}/token",
            # Hadoop says "64m" and the like, and this connector can't read its own settings so.
            "fs.gs.block.size": "67108864",
            "fs.gs.rewrite.max.chunk.size": "536870912",
            "fs.gs.outputstream.buffer.size": "8388608",
            "fs.gs.inputstream.inplace.seek.limit": "8388608",
            "fs.gs.inputstream.min.range.request.size": "2097152",
        }
    )


def _xml(settings: Mapping[str, str]) -> str:
    rows = [
        f"  <property><name>{escape(name)}</name><value>{escape(value)}</value></property>"
        for name, value in settings.items()
    ]
    return "\n".join(("<configuration>", *rows, "</configuration>", ""))
