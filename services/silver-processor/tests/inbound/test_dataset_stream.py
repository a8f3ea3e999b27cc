"""A dataset's Spark query on real tables goes on from wherever it was left, and explains each row once."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from pyspark.sql import SparkSession
from silver_processor.inbound.dataset_stream import CHECKPOINTS, DatasetStream, Pace
from silver_processor.on_spark import TRIPS, SilverLab, trip
from tidelake.contracts.contract import Contract
from tidelake.contracts.loading import parse_contract
from tidelake.runtime.clock import SystemClock
from tidelake.runtime.shutdown import Deadline
from tidelake.tables.announcement import CommitAnnounced
from tidelake.tables.bronze_table import TableMissing
from tidelake.tables.errors import FilesMissing
from tidelake.tables.storage import LakeStorage
from tidelake.testkit.gcs.fault_rule import Effect, FaultRule
from tidelake.testkit.gcs_fixture import Emulator
from tidelake.testkit.road.waiting import until

pytestmark = [pytest.mark.conformance, pytest.mark.query_layer, pytest.mark.timeout(900)]


@pytest.fixture
def lab(spark: SparkSession, storage: LakeStorage) -> SilverLab:
    return SilverLab(spark, storage)


@contextmanager
def running(lab: SilverLab, contract: Contract | None = None) -> Generator[DatasetStream]:
    """A stream as the service starts it; stopped in order at the end, if it still runs."""
    stream = start(lab, contract)
    try:
        yield stream
    finally:
        stream.stop(Deadline(timedelta(seconds=60), SystemClock()))


def start(lab: SilverLab, contract: Contract | None = None) -> DatasetStream:
    return DatasetStream(contract or lab.contract, lab.session, lab.storage, lab.ports(), Pace(50, 10))


def caught_up(lab: SilverLab, *streams: DatasetStream) -> dict[tuple[str, int, int], str]:
    """Waits until as many rows have outcomes as bronze has, and checks each of them."""

    def explained() -> bool:
        for stream in streams:
            assert stream.failure() is None, stream.failure()
        return len(lab.silver()) + len(lab.outcomes()) >= len(lab.bronze)

    until(explained, 120.0, lambda: f"{len(lab.bronze)} rows explained", every=0.2)
    return lab.outcome_of()


def delete_checkpoint(lab: SilverLab) -> None:
    delete(lab, f"{CHECKPOINTS}{lab.contract.silver_path}/")


def delete(lab: SilverLab, prefix: str) -> None:
    objects = lab.storage.objects()
    entries = list(objects.list(prefix))
    assert entries, f"there was nothing to delete at {prefix}"
    for entry in entries:
        objects.delete(entry.path)


def failure(lab: SilverLab) -> str:
    """Why a stream that is started now ends, or does not even begin."""
    try:
        stream = start(lab)
    except FilesMissing as missing:
        return str(missing)
    until(lambda: stream.failure() is not None, 100.0, lambda: "the stream failed")
    return str(stream.failure())


def test_a_dataset_without_bronze_can_not_start(lab: SilverLab) -> None:
    with pytest.raises(TableMissing):
        start(lab)


def test_spark_learns_by_the_checksum_alone_what_bronze_is(lab: SilverLab, emulator: Emulator) -> None:
    lab.append([trip(1)])
    lab.append([trip(2)])
    table = lab.storage.uri(lab.contract.bronze_path)
    newest = re.escape(f"{lab.contract.bronze_path}/_delta_log/{2:020d}")
    no_entries = FaultRule("status", status=403, method="GET", path=r"_delta_log/\d+\.json$")
    no_checksum = FaultRule("status", status=404, method="GET", path=newest + r"\.crc$")
    with emulator.faults.during(no_entries):
        assert "value" in columns(lab, table)
        with emulator.faults.during(no_checksum), pytest.raises(Exception, match="403"):
            columns(lab, table)
    with emulator.faults.during(no_checksum):
        assert "value" in columns(lab, table)


def columns(lab: SilverLab, table: str) -> Sequence[str]:
    """Of a Delta table, by a snapshot that Spark has to make first."""
    java: Any = lab.session.sparkContext
    java._jvm.org.apache.spark.sql.delta.DeltaLog.clearCache()
    return lab.session.read.format("delta").load(table).columns


def test_it_goes_on_where_it_was_left(lab: SilverLab) -> None:
    lab.append([trip(1), trip(1), trip(2, place="x")])
    with running(lab) as stream:
        caught_up(lab, stream)
        lab.append([trip(3), None], partition=1)
        caught_up(lab, stream)
    lab.append([trip(3), trip(4)])
    with running(lab) as stream:
        outcomes = caught_up(lab, stream)
        until(stream.works, 30.0, lambda: "the stream works")
    assert Counter(outcomes.values()) == {"inserted": 3, "duplicate": 2, "quarantined": 1, "ignored": 1}


def test_a_deleted_checkpoint_begins_with_batch_0_again_and_moves_no_row(lab: SilverLab) -> None:
    for number in range(4):
        lab.append([trip(number), trip(number), trip(100 + number, place="x")])
    with running(lab) as stream:
        before = caught_up(lab, stream)
    versions = {(each.table, each.version) for each in lab.announced.commits}
    delete_checkpoint(lab)
    lab.append([trip(0), trip(200)])
    with running(lab) as stream:
        after = caught_up(lab, stream)
    assert {position: after[position] for position in before} == before
    assert sorted(after[position] for position in after.keys() - before.keys()) == ["duplicate", "inserted"]
    more = {(each.table, each.version) for each in lab.announced.commits} - versions
    assert sorted(table for table, _ in more) == ["silver/trips", "silver/trips_outcomes"]


def test_bronze_compacted_under_the_stream_brings_no_row_again(lab: SilverLab) -> None:
    with_bronze = lab.bronze_table
    for number in range(3):
        lab.append([trip(number)])
    with running(lab) as stream:
        caught_up(lab, stream)
        for number in range(3, 9):
            lab.append([trip(number), trip(number)])
            if number % 2:
                assert with_bronze.compact(1 << 20).files_removed
        outcomes = caught_up(lab, stream)
    assert Counter(outcomes.values()) == {"inserted": 9, "duplicate": 6}


IN_ONE_DECISION = {("silver/trips", 1), ("silver/trips_outcomes", 1)}
# What did not come to its outcomes is closed there, by a commit that nobody is told of, and decided anew.
IN_TWO_DECISIONS = {("silver/trips", 1), ("silver/trips", 2), ("silver/trips_outcomes", 2)}


@pytest.mark.parametrize("effect", ["status", "cut_after"])
@pytest.mark.parametrize("table", ["silver/trips", "silver/trips_outcomes"])
def test_a_commit_that_the_store_fails_or_whose_answer_is_lost_loses_and_doubles_nothing(
    lab: SilverLab, emulator: Emulator, table: str, effect: Effect
) -> None:
    lab.append([trip(1), trip(1), trip(2, place="x")])
    commit = f"{lab.storage.prefix}/{table}/_delta_log/{1:020}.json"
    # An error is repeated by deltalake's own client; a lost answer is taken for another driver's commit.
    fault = FaultRule(effect, method="PUT", object_prefix=commit, count=2 if effect == "status" else 1)
    with emulator.faults.during(fault) as number, running(lab) as stream:
        outcomes = caught_up(lab, stream)
        assert emulator.faults.struck(number) == fault.count
    assert Counter(outcomes.values()) == {"inserted": 1, "duplicate": 1, "quarantined": 1}
    announced = {(each.table, each.version) for each in lab.announced.commits}
    lost_before_outcomes = (table, effect) == ("silver/trips", "cut_after")
    assert announced == (IN_TWO_DECISIONS if lost_before_outcomes else IN_ONE_DECISION)


def test_a_store_that_stays_away_ends_the_stream_and_the_next_one_goes_on(
    lab: SilverLab, emulator: Emulator
) -> None:
    lab.append([trip(1), trip(1)])
    refusing = FaultRule(
        "status", status=403, method="PUT", object_prefix=f"{lab.storage.prefix}/silver/trips/part-"
    )
    with emulator.faults.during(refusing):
        stream = start(lab)
        until(lambda: stream.failure() is not None, 100.0, lambda: "the stream failed")
    assert "403" in str(stream.failure())
    with running(lab) as stream:
        assert Counter(caught_up(lab, stream).values()) == {"inserted": 1, "duplicate": 1}


def held_between_the_tables(lab: SilverLab) -> tuple[threading.Event, threading.Event]:
    """The next announcement of silver waits: (it has come, let it go)."""
    come, go = threading.Event(), threading.Event()

    def wait(commit: CommitAnnounced) -> None:
        if commit.table == lab.contract.silver_path:
            come.set()
            assert go.wait(60)

    lab.announced.fail = wait
    return come, go


def test_a_stop_in_mid_batch_lets_it_finish_and_takes_no_other(lab: SilverLab) -> None:
    come, go = held_between_the_tables(lab)
    lab.append([trip(1), trip(2, place="x")])
    stream = start(lab)
    assert come.wait(60)
    deadline = Deadline(timedelta(seconds=60), SystemClock())
    stopping = threading.Thread(target=stream.stop, args=(deadline,))
    stopping.start()
    lab.append([trip(3)])
    go.set()
    stopping.join(60)
    assert not stopping.is_alive()
    assert (len(lab.silver()), len(lab.outcomes())) == (1, 1)
    with running(lab) as stream:
        caught_up(lab, stream)


def test_a_stop_does_not_wait_beyond_its_deadline(lab: SilverLab) -> None:
    come, go = held_between_the_tables(lab)
    lab.append([trip(1), trip(2, place="x")])
    stream = start(lab)
    assert come.wait(60)
    released = threading.Timer(1.0, go.set)  # Spark waits for the batch's own thread
    released.start()
    stream.stop(Deadline(timedelta(0), SystemClock()))
    released.join()
    lab.announced.fail = lambda _: None
    with running(lab) as stream:
        caught_up(lab, stream)


def test_a_failed_announcement_ends_the_stream_with_its_reason_and_the_next_one_makes_it(
    lab: SilverLab,
) -> None:
    def fail(_: CommitAnnounced) -> None:
        raise OSError("the broker is away")

    lab.announced.fail = fail
    lab.append([trip(1), trip(1)])
    stream = start(lab)
    until(lambda: stream.failure() is not None, 60.0, lambda: "the stream failed")
    assert "the broker is away" in str(stream.failure())
    lab.announced.fail = lambda _: None
    with running(lab) as stream:
        caught_up(lab, stream)
    assert {(each.table, each.version) for each in lab.announced.commits} == IN_TWO_DECISIONS


@pytest.fixture
def widened() -> Callable[[], Contract]:
    """The next version of the contract: one more field."""
    field = "      - {name: seats, logicalType: integer, physicalType: int, description: How many.}\n"
    text = TRIPS.replace("version: 1.0.0", "version: 1.1.0").replace(
        "slaProperties:", f"{field}slaProperties:"
    )
    return lambda: parse_contract(text, "trips")


def test_a_field_that_a_new_version_adds_is_a_column_of_the_same_table(
    lab: SilverLab, widened: Callable[[], Contract]
) -> None:
    lab.append([trip(1, seats=4)])
    with running(lab) as stream:
        caught_up(lab, stream)
    with running(lab, widened()) as stream:
        lab.append([trip(2, seats=4), trip(3)])
        caught_up(lab, stream)
    assert {row.id: row.seats for row in lab.silver()} == {1: None, 2: 4, 3: None}
    assert {row.id: row.lake_contract_version for row in lab.silver()} == {1: "1.0.0", 2: "1.1.0", 3: "1.1.0"}


def test_files_that_are_gone_are_told_as_that_and_silver_is_made_anew_from_bronze_without_its_tables(
    lab: SilverLab,
) -> None:
    lab.append([trip(1), trip(1), trip(2, place="x")])
    with running(lab) as stream:
        before = caught_up(lab, stream)
    delete(lab, f"{lab.contract.silver_path}/part-")
    lab.append([trip(3), trip(1)])
    assert "Data files of silver/trips that its log names are not in the store" in failure(lab)
    for folder in (lab.contract.silver_path, lab.contract.outcomes_path):
        delete(lab, f"{folder}/")
    delete_checkpoint(lab)
    with running(lab) as stream:
        after = caught_up(lab, stream)
    assert {position: after[position] for position in before} == before
    assert Counter(after.values()) == {"inserted": 2, "duplicate": 2, "quarantined": 1}
    lab.append([trip(4)])
    delete(lab, f"{lab.contract.bronze_path}/part-")
    assert "Data files of bronze/trips that its log names are not in the store" in failure(lab)
