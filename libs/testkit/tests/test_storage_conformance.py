"""The storage suite on the emulator, and on a real bucket when the environment names one."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tidelake.testkit.gcs.faults_client import FaultRule
from tidelake.testkit.gcs_fixture import Emulator, running_emulator
from tidelake.testkit.storage_conformance import (
    WRITERS,
    StorageConformance,
    each_way,
    lockstep_appends,
    race_of_writers,
)
from tidelake.testkit.storage_lab import REAL_BUCKET_VARIABLE, StorageLab, emulator_lab, real_bucket_lab
from tidelake.testkit.storage_writes import Prepare

pytestmark = pytest.mark.conformance

# So all writers of a race are on their way before the first is served.
NETWORK = FaultRule("latency", seconds=0.02)


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with running_emulator(tmp_path_factory.mktemp("gcs")) as emulator:
        yield emulator


@pytest.fixture
def distant_emulator(emulator: Emulator) -> Iterator[Emulator]:
    with emulator.faults.during(NETWORK):
        yield emulator


class TestTheEmulator(StorageConformance):
    @pytest.fixture
    def lab(self, distant_emulator: Emulator) -> Iterator[StorageLab]:
        with emulator_lab(distant_emulator) as lab:
            yield lab


@pytest.mark.skipif(REAL_BUCKET_VARIABLE not in os.environ, reason=f"{REAL_BUCKET_VARIABLE} names no bucket")
class TestARealBucket(StorageConformance):
    @pytest.fixture(scope="class")
    def lab(self) -> Iterator[StorageLab]:
        with real_bucket_lab(os.environ[REAL_BUCKET_VARIABLE]) as lab:
            yield lab


class TestAStoreThatIgnoresPreconditions:
    """The suite can fail: with conditions ignored, every one of its races is lost."""

    @pytest.fixture
    def lab(self, distant_emulator: Emulator) -> Iterator[StorageLab]:
        with (
            distant_emulator.faults.during(FaultRule("ignore_preconditions")),
            emulator_lab(distant_emulator) as lab,
        ):
            yield lab

    @each_way
    def test_all_writers_of_an_absent_object_win(self, lab: StorageLab, prepare: Prepare) -> None:
        assert race_of_writers(lab, prepare, lab.name(), "0") == [200] * WRITERS

    @each_way
    def test_all_writers_over_a_known_generation_win(self, lab: StorageLab, prepare: Prepare) -> None:
        name = lab.name()
        assert race_of_writers(lab, prepare, name, lab.put(name, b"before")) == [200] * WRITERS

    def test_appends_to_a_table_by_racing_writers_lose_rows(self, lab: StorageLab) -> None:
        outcome = lockstep_appends(lab, writers=8, rounds=3)
        assert outcome.rows < outcome.acknowledged


def test_the_fault_is_gone_when_its_block_is(tmp_path: Path, emulator: Emulator) -> None:
    with emulator_lab(emulator) as lab:
        with emulator.faults.during(FaultRule("status", status=429)):
            assert lab.ask("GET", lab.json("any")).status_code == 429
        assert lab.ask("GET", lab.json("any")).status_code == 404
