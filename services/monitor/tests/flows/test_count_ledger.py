"""The count of a dataset over time: what is read anew, and what is remembered. Tables are files here."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import rmtree

import numpy as np
import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from monitor.core.ledger import LedgerCount
from monitor.flows.count_ledger import LedgerOf
from monitor.flows.look_for_files import FilesLook
from monitor.on_tables import TablesOfDataset
from tidelake.contracts.contract import Contract
from tidelake.contracts.loading import parse_contract
from tidelake.ledger.runs import Offsets
from tidelake.tables.bronze_table import TableMissing
from tidelake.tables.positions import Source
from tidelake.tables.storage import LakeStorage
from tidelake.testkit.clock import FakeClock
from tidelake.testkit.disk_lake import DiskLake

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
MOMENT = timedelta(milliseconds=400)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
ROOT = Path(__file__).parents[4]


@dataclass
class Lake:
    """One dataset's tables, what Kafka has of its partition, and a ledger of it."""

    storage: LakeStorage
    contract: Contract
    clock: FakeClock = field(default_factory=FakeClock)
    in_kafka: set[int] = field(default_factory=set[int])
    asked: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])

    def __post_init__(self) -> None:
        patience = timedelta(seconds=20)
        self.ledger = LedgerOf(self.storage, self.contract, patience, HOUR, MINUTE, self.clock)

    def tables(self) -> TablesOfDataset:
        return TablesOfDataset(self.storage, self.contract, "t")

    def count(self) -> LedgerCount:
        done = self.ledger.count(self.contract, "t", 1, self._records)
        assert done is not None
        return done[0].count

    def _records(self, _source: Source, first: int, end: int) -> Offsets:
        self.asked.append((first, end))
        return np.array(sorted(one for one in self.in_kafka if first <= one < end), dtype=np.int64)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    contract = parse_contract((ROOT / "datasets/flights.odcs.yaml").read_text(), "flights.odcs.yaml")
    return Lake(DiskLake("gs://lake", folder=tmp_path), contract)


def faults(count: LedgerCount) -> dict[str, list[int]]:
    return {fault.kind: [offset for _, offset in fault.examples] for fault in count.faults}


def test_a_lost_record_stays_told_when_all_is_read_anew_and_when_kafka_has_deleted_it(lake: Lake) -> None:
    gone = [*range(1, 60, 2)]  # more holes than Kafka is asked about at one look
    lake.tables().commit_bronze(0, 60, NOW, MOMENT, without=gone)
    lake.in_kafka = {59}
    first, second = lake.count(), lake.count()
    assert (faults(first), first.is_whole) == ({}, False)
    assert (faults(second), second.is_whole) == ({"missing-in-bronze": [59]}, True)
    lake.in_kafka.clear()
    lake.clock.advance(HOUR)
    assert faults(lake.count()) == {"missing-in-bronze": [59]}
    assert len(lake.asked) == len(gone)


def without_silver(lake: Lake) -> TablesOfDataset:
    """Bronze with three rows, and nothing else."""
    tables = lake.tables()
    tables.commit_bronze(0, 3, NOW, MOMENT)
    for path in (lake.contract.silver_path, lake.contract.outcomes_path):
        rmtree(lake.storage.uri(path))
    return tables


def test_silver_that_does_not_come_is_missing_also_to_a_monitor_that_never_saw_it(lake: Lake) -> None:
    without_silver(lake)
    early = lake.count()
    assert (early.balanced, early.is_whole) == (True, False), "it says nothing yet, and ends no alert"
    lake.clock.advance(timedelta(minutes=2))
    with pytest.raises(TableMissing, match="silver/flights"):
        lake.count()
    lake.tables().commit_silver([0, 1, 2], NOW, NOW + MOMENT)
    assert (lake.count().balanced, lake.count().is_whole) == (True, True)


def test_a_dataset_that_has_no_silver_misses_none(lake: Lake) -> None:
    bronze_only = Lake(lake.storage, replace(lake.contract, mode="upsert"), lake.clock)
    without_silver(bronze_only)
    bronze_only.count()
    lake.clock.advance(timedelta(minutes=2))
    assert bronze_only.count().is_whole


def test_a_row_deleted_from_silver_of_change_data_is_told_though_silver_explains_nothing(
    lake: Lake,
) -> None:
    changes = Lake(lake.storage, replace(lake.contract, source="cdc", mode="upsert"))
    tables = changes.tables()
    tables.commit_bronze(0, 3, NOW, MOMENT)
    keys = pa.table({"lake_event_id": ["a", "b"]})
    words = ["inserted", "inserted", "updated"]
    outcomes = pa.table(
        {
            "topic_id": ["t"] * 3,
            "partition": pa.array([0] * 3, pa.int32()),
            "offset": range(3),
            "outcome": words,
            "event_id": ["a", "b", "a"],
        }
    )
    for path, rows in ((changes.contract.silver_path, keys), (changes.contract.outcomes_path, outcomes)):
        write_deltalake(changes.storage.uri(path), rows, mode="overwrite", schema_mode="overwrite")
    count = changes.count()
    assert (faults(count), count.in_silver, count.decided) == ({}, 2, 3)
    tables.table(changes.contract.silver_path).delete("lake_event_id = 'a'")
    (fault,) = changes.count().faults
    assert (fault.kind, fault.rows) == ("missing-in-silver", 1)
    write_deltalake(changes.storage.uri(changes.contract.silver_path), keys.slice(0, 1), mode="append")
    assert changes.count().balanced


def files_of(lake: Lake, path: str) -> list[Path]:
    """The data files of one table, in the order of their names."""
    return sorted(Path(lake.storage.uri(path)).glob("*.parquet"))


def a_file_in_each_table(lake: Lake) -> None:
    tables = lake.tables()
    tables.commit_bronze(0, 2, NOW, MOMENT)
    tables.promise()
    tables.add_silver([0], NOW, NOW + MOMENT)
    tables.commit_outcomes([(1, "duplicate", "")], NOW, NOW + MOMENT)


@pytest.mark.parametrize("table", ["bronze_path", "silver_path", "outcomes_path"])
def test_a_file_that_vanishes_is_told_within_a_minute_until_it_is_back(lake: Lake, table: str) -> None:
    a_file_in_each_table(lake)
    assert lake.count().balanced
    path: str = getattr(lake.contract, table)
    gone = max(files_of(lake, path), key=lambda file: file.stat().st_size)  # a first commit has no rows
    content = gone.read_bytes()
    gone.unlink()
    assert lake.count().balanced, "each file is asked for once a minute"
    lake.clock.advance(MINUTE)
    count = lake.count()
    (fault,) = count.faults
    assert (fault.kind, fault.rows, fault.places) == ("missing-files", 1, (f"{path}/{gone.name}",))
    assert (count.bronze_rows, count.in_silver, count.is_read) == (2, 1, False)
    gone.write_bytes(content[:-1])
    lake.clock.advance(MINUTE)
    assert not lake.count().balanced, "it is not whole"
    gone.write_bytes(content)
    lake.clock.advance(MINUTE)
    assert lake.count().balanced


def test_files_of_change_data_are_looked_for_though_none_of_them_is_read(lake: Lake) -> None:
    changes = Lake(lake.storage, replace(lake.contract, source="cdc", mode="upsert"))
    changes.tables().commit_silver([0], NOW, NOW + MOMENT)
    gone = files_of(changes, changes.contract.silver_path)
    for file in gone:
        file.unlink()
    (fault,) = changes.count().faults
    assert (fault.kind, fault.rows) == ("missing-files", len(gone)), "a monitor that starts asks at once"


def test_a_file_that_a_newer_version_does_not_need_is_not_missed(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = lake.tables()
    tables.commit_bronze(0, 2, NOW, MOMENT)
    for offset in range(2):
        tables.commit_silver([offset], NOW, NOW + MOMENT)
    lake.count()
    lake.clock.advance(MINUTE)
    path, missing = lake.contract.silver_path, FilesLook.missing
    seen: list[str] = []

    def cleaned_up_meanwhile(look: FilesLook, delta: DeltaTable, now: float) -> Sequence[str]:
        """After the log was read, and before the files are asked for."""
        if delta.table_uri.rstrip("/").endswith(path):
            old = files_of(lake, path)
            DeltaTable(lake.storage.uri(path)).optimize.compact()
            for file in old:
                file.unlink()
        found = missing(look, delta, now)
        seen.extend(found)
        return found

    monkeypatch.setattr(FilesLook, "missing", cleaned_up_meanwhile)
    assert lake.count().balanced
    assert len(seen) > 1
