"""A lake of one dataset for tests: rows of bronze in, silver's two tables out, and the ledger's check."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pyarrow as pa
from opentelemetry.metrics import NoOpMeter
from pyspark.sql import DataFrame, Row, SparkSession
from tidelake.contracts.contract import Contract
from tidelake.contracts.loading import parse_contract
from tidelake.runtime.clock import SystemClock
from tidelake.tables.announcement import AnnouncedRange, Announcement, CommitAnnounced
from tidelake.tables.bronze import BRONZE_SCHEMA, BronzeSpec
from tidelake.tables.bronze_table import BronzeTable
from tidelake.tables.delta_bronze import DeltaBronzeTables
from tidelake.tables.positions import OffsetRange, Source
from tidelake.tables.storage import LakeStorage

from silver_processor.core.judging import Judge
from silver_processor.flows.announce_commits import Announcements
from silver_processor.flows.make_tables import make_tables
from silver_processor.flows.ports import Announcer, Ports, Table
from silver_processor.flows.take_batch import StreamState, Taken, take_batch
from silver_processor.outbound.metrics import SilverMetrics
from silver_processor.outbound.silver_tables import SilverTable

Position = tuple[str, int, int]
Record = bytes | None | tuple[bytes | None, bytes | None, Sequence[Mapping[str, object]]]
"""A value; or key, value and headers."""
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
_TOPIC_ID = "topic-id"

TRIPS = """
apiVersion: v3.2.0
kind: DataContract
id: trips
name: trips
version: 1.0.0
status: active
team: {name: test-owners}
roles: [{role: terminals, access: write}]
schema:
  - name: trips
    properties:
      - {name: id, logicalType: integer, physicalType: bigint, required: true}
      - {name: at, logicalType: timestamp, required: true}
      - name: place
        logicalType: string
        quality:
          - name: place_is_a_code
            type: library
            metric: invalidValues
            arguments: {pattern: "^[A-Z]{3}$"}
            mustBe: 0
            unit: rows
            severity: error
slaProperties:
  - {property: freshness, value: 5, unit: s}
  - {property: retention, value: 7, unit: d}
customProperties:
  - {property: source, value: api}
  - {property: mode, value: append}
  - {property: partitions, value: 2}
  - {property: idFields, value: [id]}
  - {property: eventTime, value: at}
  - {property: dedupeWindow, value: P7D}
"""


def trip(number: int, **fields: object) -> bytes:
    """One sound record."""
    return json.dumps({"id": number, "at": "2026-01-01T00:00:00Z", "place": "EWR", **fields}).encode()


class Announced:
    """An announcer that keeps what it is told; `fail` is called before each, and may raise."""

    def __init__(self) -> None:
        self.commits: list[CommitAnnounced] = []
        self.fail: Callable[[CommitAnnounced], None] = lambda _: None

    def announce(self, commit: CommitAnnounced) -> None:
        self.fail(commit)
        self.commits.append(commit)


class SilverLab:
    """One dataset in a lake of its own."""

    def __init__(self, session: SparkSession, storage: LakeStorage, contract: str = TRIPS) -> None:
        self.session = session
        self.storage = LakeStorage(f"{storage.root}/{uuid.uuid4().hex}", storage.service_account)
        self.contract = parse_contract(contract, "trips")
        self.announced = Announced()
        self.bronze: list[dict[str, object]] = []
        make_tables(self.contract, self.table)
        self._judges = [Judge(self.contract)]
        self.state = self.new_state()

    def table(self, path: str, session: SparkSession | None = None) -> Table:
        return SilverTable(session or self.session, self.storage, path)

    def new_state(self) -> StreamState:
        """As a process that has just started."""
        return StreamState(Announcements(self.announced), {})

    def rows(
        self,
        values: Sequence[Record],
        *,
        partition: int = 0,
        first: int | None = None,
        after: timedelta = timedelta(0),
    ) -> DataFrame:
        """Rows of bronze, behind those before them in their partition, committed `after` the beginning."""
        return self.session.createDataFrame(self._rows(values, partition, first, after))

    def append(
        self, values: Sequence[Record], *, partition: int = 0, after: timedelta = timedelta(0)
    ) -> None:
        """The same rows, committed to a bronze table as its writer does it."""
        rows = self._rows(values, partition, None, after)
        end = sum(row["partition"] == partition for row in self.bronze)
        source, path = Source(_TOPIC_ID, partition), self.contract.bronze_path
        covered = OffsetRange(end - len(values), end)
        ranges = (AnnouncedRange(_TOPIC_ID, self.contract.topic, partition, covered.first, end, len(values)),)
        told = Announcement(path, self.contract.dataset, uuid.uuid4().hex, BEGAN, len(values), ranges)
        self.bronze_table.open().append(rows, {source: covered}, told)

    @property
    def bronze_table(self) -> BronzeTable:
        """Made when it is first asked for."""
        contract, tables = self.contract, DeltaBronzeTables(self.storage)
        tables.create(BronzeSpec(contract.bronze_path, contract.dataset, contract.topic, _TOPIC_ID))
        return tables.table(contract.bronze_path)

    def _rows(
        self, values: Sequence[Record], partition: int, first: int | None, after: timedelta
    ) -> pa.Table:
        begin = sum(row["partition"] == partition for row in self.bronze) if first is None else first
        nothing: Sequence[Mapping[str, object]] = ()
        records = [one if isinstance(one, tuple) else (None, one, nothing) for one in values]
        rows: list[dict[str, object]] = [
            {
                "topic_id": _TOPIC_ID,
                "topic": self.contract.topic,
                "partition": partition,
                "offset": begin + number,
                "key": key,
                "value": value,
                "headers": list(headers),
                "kafka_timestamp": BEGAN + after,
                "kafka_timestamp_type": "create_time",
                "received_at": BEGAN + after,
                "written_at": BEGAN + after,
            }
            for number, (key, value, headers) in enumerate(records)
        ]
        if first is None:
            self.bronze.extend(rows)
        return pa.Table.from_pylist(rows, BRONZE_SCHEMA)

    def take(
        self,
        rows: DataFrame,
        *,
        contract: Contract | None = None,
        state: StreamState | None = None,
        session: SparkSession | None = None,
        announcer: Announcer | None = None,
    ) -> Sequence[Taken]:
        """One micro-batch."""
        contract = contract or self.contract
        table = partial(self.table, session=session)
        return take_batch(
            self._judge_of(contract).judge(rows), contract, table, state or self.state, self.ports(announcer)
        )

    def ports(self, announcer: Announcer | None = None) -> Ports:
        """What a flow is given."""
        return Ports(
            announcer=announcer or self.announced,
            clock=SystemClock(),
            metrics=SilverMetrics(NoOpMeter("test")),
            new_commit_id=lambda: uuid.uuid4().hex,
            in_background=lambda work: work(),
        )

    def _judge_of(self, contract: Contract) -> Judge:
        """One a contract, as a stream has it."""
        for judge in self._judges:
            if judge.contract == contract:
                return judge
        self._judges.append(Judge(contract))
        return self._judges[-1]

    def silver(self) -> list[Row]:
        return self.table(self.contract.silver_path).read().collect()

    def outcomes(self) -> list[Row]:
        return self.table(self.contract.outcomes_path).read().collect()

    def outcome_of(self) -> dict[Position, str]:
        """Outcome by position. Fails unless every bronze row has exactly one."""
        found = [
            ((row.lake_topic_id, row.lake_partition, row.lake_offset), "inserted")
            for row in self.silver()
            if self.contract.mode == "append"
        ]
        found += [((row.topic_id, row.partition, row.offset), row.outcome) for row in self.outcomes()]
        every = {(row["topic_id"], row["partition"], row["offset"]) for row in self.bronze}
        assert {position for position, _ in found} == every
        assert len(found) == len(every), f"explained twice: {sorted(found)}"
        return dict(sorted(found))

    def relaxed(self) -> Contract:
        """A later contract, without rules about values."""
        later = parse_contract(TRIPS.replace("version: 1.0.0", "version: 1.1.0"), "trips")
        return replace(later, quality=())
