"""Every name that two parts of the lake must agree on: topics, tables and small objects."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

# A trailing _v2 would be the table of another dataset's second major version, and _outcomes is silver's.
DATASET = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
RESERVED_ENDINGS = re.compile(r".*_(?:v\d+|outcomes)")
MAX_DATASET_LENGTH = 100

# Source: Kafka's Topic.validate.
_TOPIC = re.compile(r"(?!\.{1,2}\Z)[a-zA-Z0-9._-]{1,249}")

# Source: PostgreSQL's NAMEDATALEN, without its last byte.
_LONGEST_IDENTIFIER = 63

CONTRACTS = "contracts/"
KEYS = "keys/"


def is_dataset_name(name: str) -> bool:
    """Whether a dataset may be called so."""
    return (
        DATASET.fullmatch(name) is not None
        and RESERVED_ENDINGS.fullmatch(name) is None
        and len(name) <= MAX_DATASET_LENGTH
    )


def is_topic_name(name: str) -> bool:
    """Whether Kafka would have a topic of that name."""
    return _TOPIC.fullmatch(name) is not None


def dataset_address(dataset: str, major: int) -> str:
    """What senders call one major version of a dataset, and what the name of its topic ends with.

    The first one is called as the dataset is, so that a later one moves nobody who sends to it.
    """
    return dataset if major <= 1 else f"{dataset}.v{major}"


def events_topic(dataset: str, major: int) -> str:
    """Topic of a dataset's records. A new major version has a topic of its own."""
    return f"events.{dataset_address(dataset, major)}"


def changes_topic(dataset: str, major: int) -> str:
    """Topic of the changes of a dataset that follows a table of a database."""
    return f"cdc.{dataset_address(dataset, major)}"


OPS_FRESHNESS, OPS_LEDGER, OPS_PROCESSES = "ops/freshness", "ops/ledger", "ops/process_metrics"
MONITOR_TABLES = (OPS_FRESHNESS, OPS_LEDGER, OPS_PROCESSES)
"""Paths of the tables that the monitor keeps."""

LAKE_PREFIX = "lake_"
"""Of the columns that silver adds to a contract's own."""


def bronze_path(dataset: str, major: int) -> str:
    """Path of a dataset's bronze table below the lake's root."""
    return f"bronze/{dataset}" if major <= 1 else f"bronze/{dataset}_v{major}"


def silver_path(dataset: str, major: int) -> str:
    """Path of a dataset's silver table below the lake's root."""
    return f"silver/{dataset}" if major <= 1 else f"silver/{dataset}_v{major}"


def outcomes_path(dataset: str, major: int) -> str:
    """Path of the table that explains every bronze row that silver does not hold itself."""
    return f"{silver_path(dataset, major)}_outcomes"


def sql_name(path: str) -> str:
    """Schema and table in Trino's catalogue `lake` of the table at a path: `silver.flights`."""
    schema, _, table = path.partition("/")
    return f"{schema}.{table}"


def contract_path(dataset: str, version: object) -> str:
    """Object of one published contract, never changed once written."""
    return f"{CONTRACTS}{dataset}/{version}.yaml"


def json_schema_path(dataset: str, version: object) -> str:
    """Object of the JSON Schema that the door checks records of this version with."""
    return f"{CONTRACTS}{dataset}/{version}.schema.json"


def topic_binding_path(dataset: str, major: int) -> str:
    """Object that says which incarnation of the dataset's topic the lake reads."""
    return f"{CONTRACTS}{dataset}/topic-v{major}.json"


def source_epoch_path(dataset: str, major: int) -> str:
    """Object that says which database server the changes in the dataset's topic are of."""
    return f"{CONTRACTS}{dataset}/source-v{major}.json"


def follower_name(dataset: str, major: int) -> str:
    """Slot and publication, in the database, of a dataset that follows one of its tables.

    Cut where PostgreSQL would cut it, without becoming another dataset's.
    """
    name = f"lake_{dataset}_v{major}"
    if len(name) <= _LONGEST_IDENTIFIER:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: _LONGEST_IDENTIFIER - 9]}_{digest}"


def given_up_prefix(dataset: str, topic_id: str) -> str:
    """Where the objects lie by which people gave up offsets of one incarnation of the dataset's topic."""
    return f"{CONTRACTS}{dataset}/given-up/{topic_id}/"


def given_up_path(dataset: str, topic_id: str, partition: int, token: int) -> str:
    """Object that gives up offsets which Kafka deleted before bronze read them, from the table's token on."""
    return f"{given_up_prefix(dataset, topic_id)}{partition}-{token}.json"


def key_path(key_id: str) -> str:
    """Object of one API key."""
    return f"{KEYS}{key_id}.json"


@dataclass(frozen=True, slots=True)
class TopicPlan:
    """A topic as the lake needs it. Replication is the cluster's matter and not named here."""

    name: str
    partitions: int
    config: Mapping[str, str]


def topic_config(retention: timedelta) -> Mapping[str, str]:
    """Settings of a topic that keeps every record for `retention`."""
    milliseconds = retention // timedelta(milliseconds=1)
    return MappingProxyType({"cleanup.policy": "delete", "retention.ms": str(milliseconds)})


BRONZE_COMMITS = TopicPlan("bronze-commits", 1, topic_config(timedelta(days=7)))
"""Announcement of each bronze commit; key = table path."""
SILVER_COMMITS = TopicPlan("silver-commits", 1, topic_config(timedelta(days=7)))
"""Announcement of each commit of silver and of its outcomes; key = table path."""
INGEST_COUNTS = TopicPlan("ingest-counts", 1, MappingProxyType({"cleanup.policy": "compact"}))
"""Cumulative counts of each door; key = run id and dataset's address, the newest is the truth."""
DEAD_LETTERS = TopicPlan("dead-letters", 1, topic_config(timedelta(days=30)))
"""Log lines that belong to no dataset."""
LOGS_INBOUND = TopicPlan("logs.inbound", 4, topic_config(timedelta(days=7)))
"""Log lines as shippers write them, of all datasets; the header `stream` says whose a line is."""
LOG_ROUTER_GROUP = "log-router"
"""Consumer group of the log-routers: what it has committed is routed."""
ALERTS = TopicPlan("alerts", 1, MappingProxyType({"cleanup.policy": "compact"}))
"""Alerts as they fire and end; key = the alert's fingerprint, the newest is its state."""
SILVER_SHARES = TopicPlan("silver-shares", 1, topic_config(timedelta(days=7)))
"""Without a record: each partition is a share of the datasets, which one silver-processor of the group has.
One processor more than it has partitions stands by."""
SILVER_GROUP = "silver-processor"
"""Consumer group of the silver-processors."""

INTERNAL_TOPICS = (
    BRONZE_COMMITS,
    SILVER_COMMITS,
    SILVER_SHARES,
    INGEST_COUNTS,
    DEAD_LETTERS,
    LOGS_INBOUND,
    ALERTS,
)
