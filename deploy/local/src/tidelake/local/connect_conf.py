"""What Kafka Connect reads at its start."""

from pathlib import Path

from tidelake.local.log4j import console
from tidelake.local.trino_conf import properties
from tidelake.streams.limits import message_max_bytes

# C1 alone: a worker starts in half the time, and a connector waits for its database more than it computes.
JVM_FLAGS = (
    *("-Xms64m", "-Xmx512m", "-Xss512k", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
    "-XX:+ExitOnOutOfMemoryError",
)

# What these say at each start of a connector, of their settings and classes, would bury the rest.
_TALKATIVE = {
    "requests": "org.apache.kafka.connect.runtime.rest.RestServer",
    "settings": "org.apache.kafka.common.config",
    "security": "org.apache.kafka.common.security",
    "versions": "org.apache.kafka.common.utils.AppInfoParser",
    "plugins": "org.apache.kafka.connect.runtime.isolation",
    "clients": "org.apache.kafka.clients",
    "offsets": "org.apache.kafka.connect.runtime.WorkerSourceTask",
}
LOG4J = console(
    "INFO",
    "".join(f"logger.{name}.name={of}\nlogger.{name}.level=WARN\n" for name, of in _TALKATIVE.items()),
)


def worker(port: int, bootstrap_servers: str, plugins: Path, logins: Path, max_record_bytes: int) -> str:
    """connect.properties: one worker; a connector's passwords come from files in `logins`, and no others."""
    storage = {
        f"{kind}.storage.{setting}": value
        for kind in ("config", "offset", "status")
        for setting, value in (("topic", f"_connect-{kind}"), ("replication.factor", 1))
    }
    json = {
        f"{side}.converter{setting}": value
        for side in ("key", "value")
        for setting, value in (
            ("", "org.apache.kafka.connect.json.JsonConverter"),
            (".schemas.enable", "false"),
        )
    }
    return properties(
        {
            "bootstrap.servers": bootstrap_servers,
            "group.id": "lake-connect",
            "listeners": f"http://127.0.0.1:{port}",
            "rest.advertised.host.name": "127.0.0.1",
            "plugin.path": plugins,
            # By each plugin's own list, which spares a slow search through all jars.
            "plugin.discovery": "service_load",
            **storage,
            "offset.storage.partitions": 4,
            "status.storage.partitions": 2,
            # What was sent after the last flush is sent again after a crash.
            "offset.flush.interval.ms": 1000,
            # A worker that was killed and is back gets its tasks at once, not after five minutes.
            "scheduled.rebalance.max.delay.ms": 1000,
            # Transactions would leave offsets without a record; repeats are told by their LSN.
            "exactly.once.source.support": "disabled",
            "producer.max.request.size": message_max_bytes(max_record_bytes),
            "config.providers": "file",
            "config.providers.file.class": "org.apache.kafka.common.config.provider.FileConfigProvider",
            "config.providers.file.param.allowed.paths": logins,
            **json,
        }
    )
