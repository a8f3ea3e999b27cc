"""Where what was written stands: its first row in bronze, and since when it could be read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from deltalake import DeltaTable
from tidelake.bench.commits import CommitLog
from tidelake.bench.road.silver import SilverLog
from tidelake.bench.writing.lines import line_identity
from tidelake.bench.writing.planes import change_identity
from tidelake.bench.writing.write import Write
from tidelake.contracts.contract import Contract
from tidelake.tables.positions import Source
from tidelake.tables.storage import LakeStorage

Identify = Callable[[bytes | None, bytes | None], str | None]
"""What a row of bronze is, by its key and value; None: nothing that a sender tells by its identity."""


@dataclass(frozen=True, slots=True)
class BronzeRow:
    """The first row of an identity. Times in Unix seconds, to the millisecond."""

    source: Source
    offset: int
    in_kafka: float  # in the dataset's own topic
    written: float


@dataclass(frozen=True, slots=True)
class Landed:
    """One write and its way. `in_silver` None: silver has not explained it."""

    write: Write
    in_kafka: float
    written: float
    in_bronze: float
    in_silver: float | None


def identify(contract: Contract) -> Identify:
    """By the dataset's source: an event by its key, a line by its words, a change by the row after it."""
    if contract.source == "log":
        return lambda _key, value: None if value is None else line_identity(value)
    if contract.source == "cdc":
        return lambda _key, value: change_identity(value)
    return lambda key, _value: None if key is None else key.decode()


def bronze_rows(storage: LakeStorage, contract: Contract) -> Mapping[str, BronzeRow]:
    """The row of each identity that Kafka had first."""
    table = DeltaTable(storage.uri(contract.bronze_path), storage_options=storage.delta_options())
    name = identify(contract)
    found: dict[str, BronzeRow] = {}
    columns = ["topic_id", "partition", "offset", "key", "value", "kafka_timestamp", "written_at"]
    for batch in cast("Any", table).to_pyarrow_dataset().to_batches(columns=columns):
        lists: Sequence[list[Any]] = [batch.column(column).to_pylist() for column in columns]
        for topic_id, partition, offset, key, value, in_kafka, written in zip(*lists, strict=True):
            identity = name(key, value)
            if identity is None:
                continue
            row = BronzeRow(Source(topic_id, partition), offset, _seconds(in_kafka), _seconds(written))
            before = found.get(identity)
            if before is None or (row.in_kafka, row.offset) < (before.in_kafka, before.offset):
                found[identity] = row
    return found


def land(
    writes: Sequence[Write], rows: Mapping[str, BronzeRow], bronze: CommitLog, silver: SilverLog
) -> tuple[list[Landed], list[str]]:
    """Each write with its way, and the identities of those that are not in bronze at all."""
    landed: list[Landed] = []
    lost: list[str] = []
    for write in writes:
        row = rows.get(write.identity)
        in_bronze = None if row is None else bronze.readable_at(row.source, row.offset)
        if row is None or in_bronze is None:
            lost.append(write.identity)
            continue
        explained = silver.readable_at(row.source, row.offset)
        landed.append(Landed(write, row.in_kafka, row.written, in_bronze, explained))
    return landed, lost


def _seconds(moment: datetime) -> float:
    return moment.timestamp()
