"""deltalake on the emulator, unchanged."""

from random import Random
from uuid import uuid4

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from tidelake.testkit.gcs.faults_client import FaultRule
from tidelake.testkit.gcs_fixture import Emulator

pytestmark = pytest.mark.conformance


@pytest.fixture
def uri(emulator: Emulator) -> str:
    return f"{emulator.lake_root}/{uuid4().hex}"


def _append(emulator: Emulator, uri: str, rows: int = 10) -> None:
    table = pa.table({"n": pa.array(range(rows), pa.int64())})
    write_deltalake(uri, table, mode="append", storage_options=emulator.delta_options())


def _rows(emulator: Emulator, uri: str) -> int:
    return DeltaTable(uri, storage_options=emulator.delta_options()).to_pyarrow_table().num_rows


def _only_calls_that_are_built(emulator: Emulator) -> bool:
    return "not_built" not in emulator.faults.requests()


def test_a_delta_table_lives_its_whole_life(emulator: Emulator, uri: str) -> None:
    for _ in range(12):
        _append(emulator, uri)
    table = DeltaTable(uri, storage_options=emulator.delta_options())
    table.optimize.compact()
    table.create_checkpoint()
    table.vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)
    table.delete("n < 5")
    assert _rows(emulator, uri) == 60
    assert _only_calls_that_are_built(emulator)


def test_a_large_file_goes_up_in_parts(emulator: Emulator, uri: str) -> None:
    noise = pa.table({"bytes": pa.array([Random(n).randbytes(1 << 20) for n in range(40)], pa.binary())})
    options = emulator.delta_options()
    write_deltalake(uri, noise, storage_options=options)
    assert DeltaTable(uri, storage_options=options).to_pyarrow_table().equals(noise)
    assert emulator.faults.requests()["xml.uploads.complete"] == {"200": 1}
    assert _only_calls_that_are_built(emulator)


@pytest.mark.parametrize(
    "rule",
    [
        FaultRule("status", status=429, probability=0.2, seed=1),
        FaultRule("status", status=503, probability=0.2, seed=2),
        FaultRule("cut_before", probability=0.2, seed=3),
    ],
)
def test_delta_appends_come_through_a_store_that_fails_now_and_then(
    emulator: Emulator, uri: str, rule: FaultRule
) -> None:
    with emulator.faults.during(rule) as number:
        for _ in range(5):
            _append(emulator, uri)
        assert emulator.faults.struck(number) > 3
    assert _rows(emulator, uri) == 50
