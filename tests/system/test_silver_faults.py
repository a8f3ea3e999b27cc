"""Of two silver-processors one is killed, held still, robbed of its Java and stopped: each bronze row has one
outcome."""

import itertools
import threading
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import psutil
import pyarrow as pa
import pytest
from deltalake import DeltaTable
from tidelake.contracts.bindings import read_binding
from tidelake.contracts.contract import Contract
from tidelake.tables.bronze import BRONZE_SCHEMA, BronzeSpec
from tidelake.tables.delta_bronze import DeltaBronzeTables
from tidelake.tables.positions import OffsetRange, Source
from tidelake.tables.storage import LakeStorage
from tidelake.testkit.bronze_rows import Position, announcement_of
from tidelake.testkit.road.road import Road
from tidelake.testkit.road.service_process import ServiceProcess
from tidelake.testkit.road.waiting import until

pytestmark = [pytest.mark.system, pytest.mark.query_layer, pytest.mark.timeout(900)]

PATIENCE_S = 240.0
"""For what takes a fourth of it where nothing else runs."""


class Bronze:
    """A bronze table of sound records, repeats of them and broken ones, written without Kafka."""

    def __init__(self, storage: LakeStorage, contract: Contract) -> None:
        self._contract = contract
        binding = read_binding(storage.objects(), contract.dataset, contract.major)
        assert binding is not None
        self._source = Source(binding.topic_id, 0)
        tables = DeltaBronzeTables(storage)
        topic, topic_id = contract.topic, self._source.topic_id
        tables.create(BronzeSpec(contract.bronze_path, contract.dataset, topic, topic_id))
        self._handle = tables.table(contract.bronze_path).open()
        self.rows = 0

    def append(self) -> None:
        """One commit: three new events, a repeat of the first, one that breaks rules."""
        number = self.rows
        events: list[bytes] = [orjson.dumps({"id": f"e{number + nth}", "n": nth}) for nth in range(3)]
        values = [*events, events[0], b'{"id": "broken"}']
        covered = OffsetRange(number, number + len(values))
        told = announcement_of(self._contract.bronze_path, self._source, covered, topic=self._contract.topic)
        self._handle.append(self._table(values), {self._source: covered}, told)
        self.rows = covered.end

    def _table(self, values: list[bytes]) -> pa.Table:
        now = datetime.now(UTC)
        now = now.replace(microsecond=now.microsecond // 1000 * 1000)
        common = {"topic_id": self._source.topic_id, "topic": self._contract.topic, "partition": 0}
        common |= {"kafka_timestamp": now, "kafka_timestamp_type": "create_time", "written_at": now}
        rows: list[dict[str, Any]] = [
            {**common, "offset": self.rows + nth, "key": None, "value": value, "headers": []}
            for nth, value in enumerate(values)
        ]
        return pa.Table.from_pylist(rows, BRONZE_SCHEMA)

    @contextmanager
    def growing(self, every: timedelta = timedelta(milliseconds=300)) -> Generator[None]:
        """Commits come, one after the other, within the block."""
        over = threading.Event()

        def grow() -> None:
            while not over.wait(every.total_seconds()):
                self.append()

        thread = threading.Thread(target=grow)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


class Silver:
    """What silver's two tables say."""

    def __init__(self, storage: LakeStorage, contract: Contract) -> None:
        self._storage = storage
        self._contract = contract

    def outcomes(self) -> dict[Position, list[str]]:
        """Every outcome of every position."""
        found: dict[Position, list[str]] = {}
        for row in self._rows(self._contract.silver_path, ["lake_topic_id", "lake_partition", "lake_offset"]):
            found.setdefault((row[0], row[1], row[2]), []).append("inserted")
        for row in self._rows(self._contract.outcomes_path, ["topic_id", "partition", "offset", "outcome"]):
            found.setdefault((row[0], row[1], row[2]), []).append(row[3])
        return found

    def explained(self) -> int:
        """How many outcomes there are, by the tables' logs."""
        tables = [self._open(path) for path in (self._contract.silver_path, self._contract.outcomes_path)]
        counts: list[Any] = []
        for table in tables:
            if table is not None:
                counts += pa.table(table.get_add_actions())["num_records"].to_pylist()
        return sum(counts)

    def _open(self, path: str) -> DeltaTable | None:
        options = self._storage.delta_options()
        if not DeltaTable.is_deltatable(self._storage.uri(path), options):
            return None
        return DeltaTable(self._storage.uri(path), storage_options=options)

    def _rows(self, path: str, columns: list[str]) -> list[tuple[Any, ...]]:
        table = self._open(path)
        if table is None:
            return []
        read = table.to_pyarrow_table(columns=columns).to_pydict()
        return list(zip(*(read[column] for column in columns), strict=True))


@pytest.fixture
def bronze(road: Road) -> Bronze:
    return Bronze(road.storage, road.publish(partitions=1).contract)


@pytest.fixture
def silver(road: Road, bronze: Bronze) -> Silver:
    return Silver(road.storage, road.datasets[0].contract)


def javas(process: ServiceProcess) -> list[psutil.Process]:
    return [one for one in psutil.Process(process.pid).children(recursive=True) if one.name() == "java"]


def wait_explained(bronze: Bronze, silver: Silver, process: ServiceProcess, rows: int | None = None) -> None:
    wanted = bronze.rows if rows is None else rows
    until(
        lambda: silver.explained() >= wanted,
        PATIENCE_S,
        lambda: f"{wanted} rows explained; {silver.explained()} are\n{process.report()}\n{process.tail()}",
        every=2.0,  # opening the tables costs what the processor needs
    )


def check(bronze: Bronze, silver: Silver) -> None:
    outcomes = silver.outcomes()
    assert len(outcomes) == bronze.rows
    assert {position: found for position, found in outcomes.items() if len(found) != 1} == {}
    each = bronze.rows // 5
    counted = Counter(itertools.chain.from_iterable(outcomes.values()))
    assert counted == {"inserted": 3 * each, "duplicate": each, "quarantined": each}


def test_of_two_processors_one_works_and_the_other_takes_over_whatever_ends_it(
    bronze: Bronze, silver: Silver, processor: Callable[..., ServiceProcess]
) -> None:
    one, other = (processor(name, LAST_RETRY=2, GIVE_WAY=1) for name in ("silver-1", "silver-2"))
    one.start()
    other.start()
    with bronze.growing():
        wait_explained(bronze, silver, one, rows=bronze.rows)
        assert not list(other.events("stream_started")), "it stands by"
        (java,) = javas(one)
        one.kill()
        java.wait(30)  # it ends with the process that it belongs to
        wait_explained(bronze, silver, other, rows=bronze.rows)
        assert not [*one.events("stream_failed"), *other.events("stream_failed")]

        one.start()
        psutil.Process(other.pid).suspend()
        wait_explained(bronze, silver, one, rows=bronze.rows)
        psutil.Process(other.pid).resume()
        until(
            lambda: any(other.events("stream_given_away")),
            PATIENCE_S,
            lambda: f"the one that stood still leaves its dataset to the other\n{other.tail()}",
        )

        (java,) = javas(one)
        java.kill()
        assert one.wait_exit() == 1
        wait_explained(bronze, silver, other, rows=bronze.rows)
    wait_explained(bronze, silver, other)
    (java,) = javas(other)
    assert other.stop() == 0
    java.wait(30)
    check(bronze, silver)
