"""What ops.datasets says of one dataset: what a newcomer or an auditor asks first."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
from tidelake.contracts.contract import Contract, Field
from tidelake.contracts.masking import parts
from tidelake.contracts.names import sql_name
from tidelake.contracts.types import Array
from tidelake.runtime.clock import whole_milliseconds

_TEXTS = pa.list_(pa.field("element", pa.string(), nullable=False))
_CLASSIFIED = pa.struct(
    [pa.field("field", pa.string(), nullable=False), pa.field("classification", pa.string(), nullable=False)]
)
_COLUMNS: tuple[tuple[str, pa.DataType, bool, str], ...] = (
    # name, type, may be null, comment
    ("dataset", pa.string(), False, "Name of the dataset. (dataset, major) is unique in the table."),
    ("major", pa.int32(), False, "Major version of its contract: each has tables of its own."),
    ("version", pa.string(), False, "Version of the contract that is in force."),
    ("description", pa.string(), False, "What the dataset is, in the words of its team."),
    ("owner", pa.string(), False, "Team that answers for the dataset. Alerts will go to it."),
    ("domain", pa.string(), True, "Domain of the team's business."),
    ("tags", _TEXTS, False, "Words to find it by."),
    ("bronze", pa.string(), False, "Table of the records as they came."),
    ("silver", pa.string(), True, "Table of checked, typed rows, one per event. Null if none is made of it."),
    ("outcomes", pa.string(), True, "Table that explains each record that silver does not hold."),
    ("source", pa.string(), False, "How records come: api, log or cdc."),
    ("mode", pa.string(), False, "append: rows are only added. upsert: a row is what its key is now."),
    ("address", pa.string(), False, "What senders call it: /v1/datasets/<address>/events."),
    ("topic", pa.string(), False, "Kafka topic of its records."),
    ("producers", _TEXTS, False, "Who may send."),
    ("id_fields", _TEXTS, False, "Fields that make the event id; empty: the producer names its events."),
    ("event_time", pa.string(), True, "Field that says when an event happened."),
    (
        "classified_fields",
        pa.list_(pa.field("element", _CLASSIFIED, nullable=False)),
        False,
        "Fields that are confidential or restricted. A dot leads into an object, [] into an array.",
    ),
    (
        "freshness_s",
        pa.float64(),
        False,
        "Seconds from receive time within which a record is to be readable.",
    ),
    ("retention_s", pa.int64(), False, "Seconds that Kafka keeps a record. Tables keep theirs."),
    ("completeness", pa.float64(), True, "Least share of records that is promised, 0 to 1."),
    (
        "published_at",
        pa.timestamp("us", "UTC"),
        False,
        "When this version was published, whole milliseconds.",
    ),
)

DATASETS_SCHEMA = pa.schema(
    [pa.field(name, kind, null, {"comment": comment}) for name, kind, null, comment in _COLUMNS]
)
"""Grain: one row per dataset and major version."""


def dataset_row(contract: Contract, published_at: datetime) -> Mapping[str, Any]:
    """The row of the contract's major version, by DATASETS_SCHEMA."""
    return {
        "dataset": contract.dataset,
        "major": contract.major,
        "version": str(contract.version),
        "description": contract.description,
        "owner": contract.owner,
        "domain": contract.domain,
        "tags": list(contract.tags),
        "bronze": sql_name(contract.bronze_path),
        "silver": sql_name(contract.silver_path) if contract.has_silver else None,
        "outcomes": sql_name(contract.outcomes_path) if contract.has_silver else None,
        "source": contract.source,
        "mode": contract.mode,
        "address": contract.address,
        "topic": contract.topic,
        "producers": sorted(contract.producers),
        "id_fields": list(contract.id_fields),
        "event_time": contract.event_time,
        "classified_fields": [
            {"field": path, "classification": field.classification}
            for path, field in _paths(contract.fields)
            if field.masked
        ],
        "freshness_s": contract.freshness.total_seconds(),
        "retention_s": contract.retention // timedelta(seconds=1),
        "completeness": contract.completeness,
        "published_at": whole_milliseconds(published_at),
    }


def _paths(fields: Iterable[Field], within: str = "") -> Iterator[tuple[str, Field]]:
    """Every field, at any depth, with the way to it."""
    for field in fields:
        path = f"{within}{field.name}"
        yield path, field
        yield from _inner(path, field)


def _inner(path: str, field: Field) -> Iterator[tuple[str, Field]]:
    if isinstance(field.type, Array):
        yield f"{path}[]", field.type.item
        yield from _inner(f"{path}[]", field.type.item)
    else:
        yield from _paths(parts(field.type), f"{path}.")
