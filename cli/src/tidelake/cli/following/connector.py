"""The connector that follows one table, in Kafka Connect's words."""

import re
from collections.abc import Mapping
from pathlib import Path

from tidelake.contracts import names
from tidelake.contracts.contract import Contract, SourceTable

_JSON = "org.apache.kafka.connect.json.JsonConverter"
# So that the slot moves on while this table rests and others are written to: it holds back the log of all.
_HEARTBEAT = "select pg_logical_emit_message(false, 'lake-heartbeat', '')"


def connector_config(
    contract: Contract, table: SourceTable, login: Path, replication: int
) -> Mapping[str, str]:
    """One table, one slot, one publication, one topic. Where the database is and its login stay in `login`,
    which Connect reads itself.

    Values come as text that loses nothing: decimals with their digits, times in ISO 8601, bytes in base64.
    """
    follower = names.follower_name(contract.dataset, contract.major)
    return {
        "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
        "tasks.max": "1",
        **{
            f"database.{name}": f"${{file:{login}:{name}}}"
            for name in ("hostname", "port", "user", "password")
        },
        "database.dbname": table.database,
        "table.include.list": re.escape(f"{table.schema}.{table.name}"),
        "plugin.name": "pgoutput",
        "slot.name": follower,
        "publication.name": follower,
        "publication.autocreate.mode": "disabled",
        "snapshot.mode": "initial",
        # Debezium would call the topic <prefix>.<schema>.<table>.
        "topic.prefix": contract.topic,
        "transforms": "route",
        "transforms.route.type": "org.apache.kafka.connect.transforms.RegexRouter",
        "transforms.route.regex": f"{re.escape(contract.topic)}\\..+",
        "transforms.route.replacement": contract.topic,
        "decimal.handling.mode": "string",
        "time.precision.mode": "isostring",
        "binary.handling.mode": "base64",
        "interval.handling.mode": "string",
        "include.unknown.datatypes": "true",
        "tombstones.on.delete": "true",
        "skipped.operations": "none",
        "heartbeat.interval.ms": "5000",
        "heartbeat.action.query": _HEARTBEAT,
        # No message is a change of the table: neither the heartbeat's, nor any application's in its log.
        "message.prefix.exclude.list": ".*",
        "poll.interval.ms": "100",
        "errors.max.retries": "-1",
        "retriable.restart.connector.wait.ms": "2000",
        # Of the heartbeats' topic alone: the dataset's own is made before.
        "topic.creation.default.replication.factor": str(replication),
        "topic.creation.default.partitions": "1",
        "topic.creation.default.retention.ms": "3600000",
        "key.converter": _JSON,
        "key.converter.schemas.enable": "false",
        "value.converter": _JSON,
        "value.converter.schemas.enable": "false",
    }
