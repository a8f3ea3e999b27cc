"""What Trino reads at its start, and the first rules of access."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tidelake.local.metastore_conf import LakeStore
from tidelake.local.trino_login import AUDIENCE, ISSUER

CATALOG = "lake"

JVM_FLAGS = (
    # C1 alone: the start takes half the time on the processor, and small questions do too.
    *("-Xmx1500m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:ReservedCodeCacheSize=256M"),
    *("-XX:+ExitOnOutOfMemoryError", "-XX:-OmitStackTraceInFastThrow", "-Djdk.attach.allowAttachSelf=true"),
    *("-Djdk.nio.maxCachedBufferSize=2000000", "--enable-native-access=ALL-UNNAMED"),
    "--sun-misc-unsafe-memory-access=allow",
)

RESOURCE_GROUPS: Mapping[str, Any] = {
    "rootGroups": [
        {
            "name": "apps",
            "softMemoryLimit": "80%",
            "hardConcurrencyLimit": 8,
            "maxQueued": 20,
            "schedulingPolicy": "fair",
            # An answer whose pages are not read to their end counts as running.
            "subGroups": [
                {"name": "${USER}", "softMemoryLimit": "40%", "hardConcurrencyLimit": 4, "maxQueued": 4}
            ],
        },
        {"name": "admin", "softMemoryLimit": "100%", "hardConcurrencyLimit": 10, "maxQueued": 100},
    ],
    "selectors": [{"user": "app_.*", "group": "apps.${USER}"}, {"group": "admin"}],
    "cpuQuotaPeriod": "1m",
}

# Until the query-gateway writes its own: the admin everything, nobody else anything.
FIRST_RULES: Mapping[str, Any] = {
    "catalogs": [{"user": "admin", "catalog": ".*", "allow": "all"}, {"allow": "none"}],
    "schemas": [{"user": "admin", "owner": True}, {"owner": False}],
    "tables": [
        {
            "user": "admin",
            "privileges": ["OWNERSHIP", "SELECT", "INSERT", "DELETE", "UPDATE", "GRANT_SELECT"],
        },
        {"privileges": []},
    ],
    "impersonation": [{"original_user": "admin", "new_user": ".*"}],
    "queries": [{"user": "admin", "allow": ["execute", "view", "kill"]}, {"allow": []}],
    "system_information": [{"user": "admin", "allow": ["read", "write"]}, {"allow": []}],
    "system_session_properties": [{"user": "admin", "allow": True}, {"allow": False}],
    "catalog_session_properties": [{"user": "admin", "allow": True}, {"allow": False}],
    "procedures": [{"user": "admin", "privileges": ["EXECUTE"]}, {"privileges": []}],
    "functions": [{"user": "admin", "privileges": ["EXECUTE"]}, {"privileges": []}],
}

# A line for each question and each look at the rules of access would fill the log by health checks alone.
_QUIET = ("Bootstrap", "io.airlift", "io.trino.event", "io.trino.plugin.base.security")
LOG_LEVELS = "io.trino=INFO\n" + "".join(f"{name}=WARN\n" for name in _QUIET)


@dataclass(frozen=True, slots=True)
class TrinoFiles:
    """Paths that Trino's configuration names."""

    keystore: Path
    trusted: Path
    jwt_key: Path
    access_rules: Path


def config(port: int, files: TrinoFiles, internal_secret: str) -> str:
    """config.properties: one process that plans and works, by TLS only, each caller named by a token."""
    return properties(
        {
            "coordinator": "true",
            "node-scheduler.include-coordinator": "true",
            # Static catalogues count for a node once it has said so, up to 5 s after Trino answers: till then
            # no table can be read. Dynamic ones are on every node; no statement makes or drops one.
            "catalog.management": "dynamic",
            "node.bind-ip": "127.0.0.1",
            "node.internal-address": "127.0.0.1",
            "node.external-address": "127.0.0.1",
            "discovery.uri": f"https://127.0.0.1:{port}",
            "http-server.http.enabled": "false",
            "http-server.https.enabled": "true",
            "http-server.https.port": port,
            "http-server.https.keystore.path": files.keystore,
            "internal-communication.https.required": "true",
            "internal-communication.https.truststore.path": files.trusted,
            "internal-communication.shared-secret": internal_secret,
            "http-server.authentication.type": "JWT",
            "http-server.authentication.jwt.key-file": files.jwt_key,
            "http-server.authentication.jwt.required-issuer": ISSUER,
            "http-server.authentication.jwt.required-audience": AUDIENCE,
            "query.max-memory": "600MB",
            "query.max-memory-per-node": "500MB",
            "memory.heap-headroom-per-node": "300MB",
            "query.max-history": "200",
            "query.min-expire-age": "5m",
        }
    )


def catalog(metastore_uri: str, store: LakeStore) -> str:
    """The lake as Trino sees it: Delta tables that the metastore names, each read as it is now."""
    return properties(
        {
            "connector.name": "delta_lake",
            "hive.metastore": "thrift",
            "hive.metastore.uri": metastore_uri,
            # While the metastore is away a question fails within seconds.
            "hive.metastore.thrift.client.max-retries": 2,
            "hive.metastore.thrift.client.max-retry-time": "3s",
            "hive.metastore.thrift.client.backoff-scale-factor": "1.0",
            "hive.metastore.thrift.client.connect-timeout": "2s",
            "fs.hadoop.enabled": "false",
            "fs.native-gcs.enabled": "true",
            "gcs.project-id": store.project,
            "gcs.endpoint": store.address,
            "gcs.json-key-file-path": store.service_account,
            "delta.metadata.cache-ttl": "0s",
            "delta.register-table-procedure.enabled": "true",
            "delta.security": "system",
        }
    )


def properties(settings: Mapping[str, object]) -> str:
    """As Java reads it: a backslash in a value would begin an escape."""
    lines = [f"{name}={str(value).replace(chr(92), chr(92) * 2)}" for name, value in settings.items()]
    return "\n".join((*lines, ""))
