"""A bronze table of a few rows, by a contract that has a bit of everything that contracts can have."""

from __future__ import annotations

import uuid
from datetime import datetime
from itertools import count
from typing import Any

import pyarrow as pa
from tidelake.contracts.loading import parse_contract
from tidelake.runtime.clock import whole_milliseconds
from tidelake.tables.announcement import AnnouncedRange, Announcement
from tidelake.tables.bronze import BRONZE_SCHEMA, BronzeSpec
from tidelake.tables.delta_bronze import DeltaBronzeTables
from tidelake.tables.positions import OffsetRange, Source
from tidelake.tables.storage import LakeStorage

_TOPIC_ID = "warm-up"

_CONTRACT = """
apiVersion: v3.2.0
kind: DataContract
id: lake_warm_up
name: lake_warm_up
version: 1.0.0
status: active
team: {name: silver-processor}
roles: [{role: silver-processor, access: write}]
schema:
  - name: lake_warm_up
    properties:
      - {name: id, logicalType: integer, required: true, logicalTypeOptions: {minimum: 1}}
      - {name: at, logicalType: timestamp, required: true}
      - {name: day, logicalType: date}
      - {name: ratio, logicalType: number, physicalType: double, logicalTypeOptions: {minimum: 0, maximum: 1}}
      - {name: price, logicalType: number, physicalType: "decimal(10,2)"}
      - {name: is_on, logicalType: boolean}
      - name: place
        logicalType: string
        logicalTypeOptions: {maxLength: 20}
        quality:
          - name: place_is_a_code
            type: library
            metric: invalidValues
            arguments: {pattern: "^[A-Z]{3}$"}
            mustBe: 0
            unit: rows
            severity: error
      - name: kind
        logicalType: string
        quality:
          - name: kind_is_known
            type: library
            metric: invalidValues
            arguments: {validValues: [a, b]}
            mustBe: 0
            unit: rows
            severity: error
slaProperties:
  - {property: freshness, value: 5, unit: s}
  - {property: retention, value: 1, unit: d}
customProperties:
  - {property: source, value: api}
  - {property: mode, value: append}
  - {property: partitions, value: 1}
  - {property: idFields, value: [id]}
  - {property: eventTime, value: at}
  - {property: dedupeWindow, value: P1D}
"""
_SOUND = (
    b'{"id":%d,"at":"2026-01-01T00:00:00Z","day":"2026-01-01","ratio":0.5,"price":1.25,"is_on":true,'
    b'"place":"EWR","kind":"a"}'
)
_BROKEN = b'{"id":"%d","at":"yesterday","ratio":7,"price":1.255,"place":"nowhere","kind":"c"}'


class WarmUpBronze:
    """Made when it is opened, without rows. `contract` is what they are judged by."""

    def __init__(self, storage: LakeStorage) -> None:
        contract = parse_contract(_CONTRACT, "warm-up")
        tables = DeltaBronzeTables(storage)
        tables.create(BronzeSpec(contract.bronze_path, contract.dataset, contract.topic, _TOPIC_ID))
        self._handle = tables.table(contract.bronze_path).open()
        self.contract = contract
        self._offsets = count()

    def append(self, now: datetime) -> None:
        """A commit of a row that is sound, one that breaks rules, and one that is ignored."""
        contract, now = self.contract, whole_milliseconds(now)
        first = next(self._offsets) * 3
        values = [_SOUND % (first + 1), _BROKEN % first, None]
        common: dict[str, Any] = {
            "topic_id": _TOPIC_ID,
            "topic": contract.topic,
            "partition": 0,
            "headers": [],
        }
        times = {"kafka_timestamp": now, "received_at": now, "written_at": now}
        rows = [
            {**common, **times, "offset": first + nth, "value": value, "kafka_timestamp_type": "create_time"}
            for nth, value in enumerate(values)
        ]
        covered = OffsetRange(first, first + len(rows))
        ranges = (AnnouncedRange(_TOPIC_ID, contract.topic, 0, covered.first, covered.end, len(rows)),)
        told = Announcement(contract.bronze_path, contract.dataset, uuid.uuid4().hex, now, len(rows), ranges)
        self._handle.append(pa.Table.from_pylist(rows, BRONZE_SCHEMA), {Source(_TOPIC_ID, 0): covered}, told)
