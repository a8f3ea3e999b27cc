"""What only Delta has: how many requests a commit takes, checkpoints, and an end to all waiting."""

import time
from datetime import timedelta

import pytest
from deltalake import DeltaTable
from tidelake.tables.bronze import BronzeSpec
from tidelake.tables.bronze_table import BronzeHandle, CommitFailed
from tidelake.tables.delta_bronze import DeltaBronzeTables
from tidelake.tables.delta_log import announced_commits
from tidelake.tables.errors import StoreUnavailable
from tidelake.tables.positions import OffsetRange, Source
from tidelake.tables.storage import LakeStorage, StoreLimits
from tidelake.testkit.bronze_rows import announcement_of, bronze_rows
from tidelake.testkit.gcs.faults_client import FaultRule
from tidelake.testkit.gcs_fixture import Emulator

pytestmark = pytest.mark.conformance
PATH = "bronze/flights"
P = Source("topic-id", 0)


@pytest.fixture
def tables(storage: LakeStorage) -> DeltaBronzeTables:
    tables = DeltaBronzeTables(storage)
    tables.create(BronzeSpec(PATH, "flights", "events.flights", P.topic_id, "Flights of a year."))
    return tables


def append(handle: BronzeHandle, first: int, end: int) -> int:
    offsets = OffsetRange(first, end)
    return handle.append(bronze_rows(P, offsets), {P: offsets}, announcement_of(PATH, P, offsets))


def test_the_table_says_what_it_is_and_every_engine_can_read_it(
    tables: DeltaBronzeTables, storage: LakeStorage
) -> None:
    append(tables.table(PATH).open(), 0, 1)
    delta = DeltaTable(storage.uri(PATH), storage_options=storage.delta_options())
    protocol, metadata = delta.protocol(), delta.metadata()
    assert (protocol.min_reader_version, protocol.min_writer_version) == (1, 2)
    assert (metadata.name, metadata.description) == ("flights", "Flights of a year.")
    assert metadata.configuration["delta.appendOnly"] == "true"
    assert metadata.configuration["lake.topic"] == "events.flights"
    assert all(field.metadata.get("comment") for field in delta.schema().fields)


def test_commits_without_an_announcement_are_stepped_over(
    tables: DeltaBronzeTables, storage: LakeStorage
) -> None:
    append(tables.table(PATH).open(), 0, 1)
    delta = DeltaTable(storage.uri(PATH), storage_options=storage.delta_options())
    delta.alter.set_table_properties({"delta.appendOnly": "true"})
    delta.update_incremental()
    found = [(each.version, each.announcement.ranges[0].first) for each in announced_commits(delta, 10)]
    assert found == [(1, 0)]


def test_a_commit_costs_two_lists_two_gets_two_puts_and_checksums(
    tables: DeltaBronzeTables, emulator: Emulator
) -> None:
    handle = tables.table(PATH).open()
    append(handle, 0, 1)
    emulator.faults.reset_requests()
    append(handle, 1, 2)
    assert {call: sum(counts.values()) for call, counts in emulator.faults.requests().items()} == {
        "xml.objects.list": 2,
        "xml.objects.get": 2 + 1,  # the checksum of the commit before, which deltalake reads
        "xml.objects.put": 2,
        "json.objects.insert_multipart": 1,
    }


def test_checkpoints_come_by_themselves_and_the_log_stays(
    tables: DeltaBronzeTables, storage: LakeStorage
) -> None:
    handle = tables.table(PATH).open()
    aged = [append(handle, step, step + 1) for step in range(101) if not handle.has_aged]
    assert aged == list(range(1, 50))  # version 49 is the one with a checkpoint
    handle = tables.table(PATH).open()
    for step in range(49, 101):
        append(handle, step, step + 1)
    log = storage.objects().list(f"{PATH}/_delta_log/")
    names = [entry.path.rpartition("/")[2] for entry in log]
    assert [name for name in names if "checkpoint.parquet" in name] == [
        f"{49:020d}.checkpoint.parquet",
        f"{99:020d}.checkpoint.parquet",
    ]
    assert sum(name.endswith(".json") for name in names) == 102
    fresh = tables.table(PATH).open()
    assert (fresh.token(P), fresh.first_covered(P)) == (101, 0)


@pytest.mark.parametrize("what", ["data", "log"])
def test_a_store_that_hangs_ends_the_commit_in_bounded_time(
    what: str, tables: DeltaBronzeTables, storage: LakeStorage, emulator: Emulator
) -> None:
    limits = StoreLimits(request=timedelta(seconds=0.5), retry_for=timedelta(seconds=0.7))
    impatient = DeltaBronzeTables(LakeStorage(storage.root, storage.service_account, limits))
    handle = impatient.table(PATH).open()
    path = r"\.parquet$" if what == "data" else r"_delta_log/\d+\.json$"
    began = time.monotonic()
    with (
        emulator.faults.during(FaultRule("latency", method="PUT", path=path, seconds=60)),
        pytest.raises(CommitFailed),
    ):
        append(handle, 0, 1)
    assert time.monotonic() - began < 4
    began = time.monotonic()
    with (
        emulator.faults.during(FaultRule("latency", method="GET", seconds=60)),
        pytest.raises(StoreUnavailable),
    ):
        impatient.table(PATH).open()
    assert time.monotonic() - began < 4


@pytest.mark.parametrize("status", [429, 503])
def test_a_store_that_asks_to_come_back_is_asked_again(
    status: int, tables: DeltaBronzeTables, emulator: Emulator
) -> None:
    handle = tables.table(PATH).open()
    with emulator.faults.during(FaultRule("status", status=status, count=4)):
        assert append(handle, 0, 3) == 1


def test_a_checkpoint_that_cannot_be_written_fails_a_commit_that_is_in_the_table(
    tables: DeltaBronzeTables, emulator: Emulator
) -> None:
    handle = tables.table(PATH).open()
    for step in range(48):
        append(handle, step, step + 1)
    with (
        emulator.faults.during(FaultRule("status", status=403, path="checkpoint")),
        pytest.raises(CommitFailed),
    ):
        append(handle, 48, 49)
    assert tables.table(PATH).open().token(P) == 49
