"""Rows by their keys, whatever wrote their files, and no file read that can't have them."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from pyarrow import parquet
from tidelake.tables.delta_lookup import rows_with
from tidelake.tables.storage import LakeStorage
from tidelake.testkit.gcs.fault_rule import FaultRule
from tidelake.testkit.gcs_fixture import Emulator

pytestmark = pytest.mark.conformance

PATH = "silver/trips"
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
ALWAYS = {"at": (BEGAN - timedelta(days=9), BEGAN + timedelta(days=9))}
LONG = "x" * 200  # longer than what statistics keep of a text
TYPES = {"key": pa.string(), "at": pa.timestamp("us", "UTC"), "n": pa.int32()}
SCHEMA = pa.schema(TYPES)


class Lab:
    def __init__(self, storage: LakeStorage) -> None:
        self.storage = storage

    def append(self, *keys: str, day: int = 0, micros: int = 0) -> None:
        """One file."""
        at = BEGAN + timedelta(days=day, microseconds=micros)
        rows = [{"key": key, "at": at, "n": nth} for nth, key in enumerate(keys)]
        self.write(pa.Table.from_pylist(rows, SCHEMA))

    def write(self, rows: pa.Table, **how: Any) -> None:
        options = self.storage.delta_options()
        write_deltalake(self.storage.uri(PATH), rows, mode="append", storage_options=options, **how)

    def delta(self) -> DeltaTable:
        return DeltaTable(self.storage.uri(PATH), storage_options=self.storage.delta_options())

    def find(self, *keys: str, between: Any = ALWAYS) -> list[str]:
        found = rows_with(self.delta(), "key", pa.array(keys, pa.string()), between)
        assert found.schema.names[:3] == SCHEMA.names
        return sorted(str(key) for key in found["key"].to_pylist())


@pytest.fixture
def lab(storage: LakeStorage) -> Lab:
    return Lab(storage)


def test_rows_are_found_by_key_in_all_files_with_all_columns(lab: Lab) -> None:
    lab.append("a", "c")
    lab.append("b", "c")
    assert lab.find("c", "b", "nobody") == ["b", "c", "c"]
    assert lab.find("nobody") == lab.find() == []
    rows = rows_with(lab.delta(), "key", pa.array(["b"], pa.string()), ALWAYS)
    assert rows.to_pylist() == [{"key": "b", "at": BEGAN, "n": 0}]


def test_the_other_columns_bound_it_to_the_microsecond(lab: Lab) -> None:
    lab.append("a", day=0)
    lab.append("a", day=3, micros=999)
    third = BEGAN + timedelta(days=3, microseconds=999)
    micro = timedelta(microseconds=1)
    assert lab.find("a", between={"at": (third, third)}) == ["a"]
    assert lab.find("a", between={"at": (third + micro, third + timedelta(days=1))}) == []
    assert lab.find("a", between={"at": (BEGAN, third - micro)}) == ["a"]
    assert lab.find("a", between={"at": (BEGAN, third)}) == ["a", "a"]


def test_a_file_whose_statistics_exclude_it_is_not_read(lab: Lab, emulator: Emulator) -> None:
    lab.append("a", "c")
    lab.append("x", "z")
    lab.append("a", "c", day=8)
    within = {"at": (BEGAN, BEGAN + timedelta(days=1))}
    others = [row["path"] for row in actions(lab) if row["min.key"] == "x" or row["min.at"] > within["at"][1]]
    assert len(others) == 2
    rules = [
        FaultRule("status", status=500, object_prefix=f"{lab.storage.prefix}/{PATH}/{path}")
        for path in others
    ]
    with emulator.faults.during(rules[0]) as first, emulator.faults.during(rules[1]) as second:
        assert lab.find("b", "c", between=within) == ["c"]
        assert (emulator.faults.struck(first), emulator.faults.struck(second)) == (0, 0)


def actions(lab: Lab) -> list[dict[str, Any]]:
    return pa.table(lab.delta().get_add_actions(flatten=True)).to_pylist()


def test_keys_longer_than_their_statistics_are_found(lab: Lab) -> None:
    lab.append(LONG + "b")
    lab.append("\U0010ffff" * 60 + "b")
    assert lab.find(LONG + "b", LONG + "c") == [LONG + "b"]
    assert lab.find("\U0010ffff" * 60 + "b") == ["\U0010ffff" * 60 + "b"]


def test_rows_of_before_a_column_was_added_have_none_of_it(lab: Lab) -> None:
    lab.append("a")
    wider = pa.schema({**TYPES, "seats": pa.int32()})
    lab.write(
        pa.Table.from_pylist([{"key": "a", "at": BEGAN, "n": 1, "seats": 4}], wider), schema_mode="merge"
    )
    rows = rows_with(lab.delta(), "key", pa.array(["a"], pa.string()), ALWAYS)
    assert sorted(rows.to_pylist(), key=lambda row: row["n"]) == [
        {"key": "a", "at": BEGAN, "n": 0, "seats": None},
        {"key": "a", "at": BEGAN, "n": 1, "seats": 4},
    ]


@pytest.mark.parametrize("with_statistics", [True, False])
def test_files_of_spark_are_read_with_its_old_timestamps_and_without_statistics(
    lab: Lab, with_statistics: bool
) -> None:
    lab.append("a")
    file = io.BytesIO()
    rows = pa.Table.from_pylist([{"key": "s", "at": BEGAN + timedelta(microseconds=7), "n": 5}], SCHEMA)
    untyped: Any = parquet
    untyped.write_table(rows, file, use_deprecated_int96_timestamps=True)
    objects = lab.storage.objects()
    objects.create(f"{PATH}/part-of-spark.parquet", file.getvalue())
    ends = {"key": "s", "at": "2026-01-01T00:00:00.000Z"}
    add: dict[str, Any] = {
        "path": "part-of-spark.parquet",
        "partitionValues": {},
        "size": len(file.getvalue()),
        "modificationTime": 0,
        "dataChange": True,
    }
    if with_statistics:
        add["stats"] = json.dumps({"numRecords": 1, "minValues": ends, "maxValues": ends, "nullCount": {}})
    objects.create(f"{PATH}/_delta_log/{1:020}.json", json.dumps({"add": add}).encode())
    exactly = BEGAN + timedelta(microseconds=7)
    assert lab.find("s", between={"at": (exactly, exactly)}) == ["s"]


def test_a_table_without_a_file_has_no_rows(lab: Lab) -> None:
    lab.write(SCHEMA.empty_table())
    assert lab.find("a") == []
