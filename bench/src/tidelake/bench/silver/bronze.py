"""A bronze table of real flights, some of them twice and some that break a rule, commit by commit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import orjson
import pyarrow as pa
from tidelake.contracts.contract import Contract
from tidelake.tables.announcement import AnnouncedRange, Announcement
from tidelake.tables.bronze import BRONZE_SCHEMA, BronzeSpec
from tidelake.tables.delta_bronze import DeltaBronzeTables
from tidelake.tables.positions import OffsetRange, Source
from tidelake.tables.storage import LakeStorage

ROWS_A_COMMIT = 2_000
TOPIC_ID = "bench"

_REPEAT_EVERY = 50  # of the rows, one that was there before
_BROKEN_EVERY = 100
_BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Expected:
    """What silver must come to."""

    inserted: int
    duplicates: int
    quarantined: int


def fill_bronze(storage: LakeStorage, contract: Contract, events: Sequence[bytes], commits: int) -> Expected:
    """One partition, a commit a second. `events` are enough for all rows."""
    tables, path = DeltaBronzeTables(storage), contract.bronze_path
    tables.create(BronzeSpec(path, contract.dataset, contract.topic, TOPIC_ID))
    handle, source = tables.table(path).open(), Source(TOPIC_ID, 0)
    rows, kinds = _rows(events), Counter[str]()
    for nth in range(commits):
        taken = list(islice(rows, ROWS_A_COMMIT))
        kinds.update(kind for kind, _ in taken)
        covered = OffsetRange(nth * ROWS_A_COMMIT, (nth + 1) * ROWS_A_COMMIT)
        at = _BEGAN + timedelta(seconds=nth)
        ranges = (AnnouncedRange(TOPIC_ID, contract.topic, 0, covered.first, covered.end, ROWS_A_COMMIT),)
        told = Announcement(path, contract.dataset, f"bench-{nth}", at, ROWS_A_COMMIT, ranges)
        values = [value for _, value in taken]
        handle.append(_table(values, covered.first, at, contract), {source: covered}, told)
    return Expected(kinds["new"], kinds["repeat"], kinds["broken"])


def _rows(events: Sequence[bytes]) -> Iterator[tuple[str, bytes]]:
    for nth, event in enumerate(events):
        yield "new", event
        if nth % _REPEAT_EVERY == _REPEAT_EVERY - 1:
            yield "repeat", event
        if nth % _BROKEN_EVERY == _BROKEN_EVERY - 1:
            yield "broken", orjson.dumps({**orjson.loads(event), "month": 13, "flight": 1_000_000 + nth})


def _table(values: Sequence[bytes], first: int, at: datetime, contract: Contract) -> pa.Table:
    common: dict[str, Any] = {
        "topic_id": TOPIC_ID,
        "topic": contract.topic,
        "partition": 0,
        "key": None,
        "headers": [],
        "kafka_timestamp": at,
        "kafka_timestamp_type": "create_time",
        "received_at": at,
        "written_at": at,
    }
    rows = [{**common, "offset": first + nth, "value": value} for nth, value in enumerate(values)]
    return pa.Table.from_pylist(rows, BRONZE_SCHEMA)
