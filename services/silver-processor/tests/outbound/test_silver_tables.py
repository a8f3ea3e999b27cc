"""A table follows what its contract says: columns, fields of objects, comments; else it is left alone."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark.sql.types import (
    ArrayType,
    IntegerType,
    LongType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)
from silver_processor.core.committing import CommitConflict
from silver_processor.outbound import newest_times as module
from silver_processor.outbound.newest_times import newest_times
from silver_processor.outbound.silver_tables import SilverTable
from tidelake.tables.announcement import Announcement
from tidelake.tables.delta_lookup import dataset_of
from tidelake.tables.errors import FilesMissing
from tidelake.tables.storage import LakeStorage

pytestmark = pytest.mark.conformance


def column(name: str, kind: Any, comment: str = "", null: bool = True) -> StructField:
    return StructField(name, kind, null, {"comment": comment} if comment else {})


PART = StructType([column("p", StringType(), "A part.")])
BEFORE = StructType(
    [column("id", LongType(), "Names it.", null=False), column("o", PART), column("l", ArrayType(PART))]
)


class Lab:
    def __init__(self, storage: LakeStorage) -> None:
        self.path = f"silver/{uuid.uuid4().hex}"
        self.storage = storage

    def ensure(self, shape: StructType, description: str = "Things.") -> int:
        """The version afterwards."""
        table = SilverTable(cast("Any", None), self.storage, self.path)  # Spark is for reading
        table.ensure(shape, description)
        return table.version()

    def delta(self) -> DeltaTable:
        return DeltaTable(self.storage.uri(self.path), storage_options=self.storage.delta_options())


@pytest.fixture
def lab(storage: LakeStorage) -> Lab:
    return Lab(storage)


def test_what_is_as_it_should_be_is_not_committed_to(lab: Lab) -> None:
    assert [lab.ensure(BEFORE), lab.ensure(BEFORE)] == [0, 0]
    protocol = lab.delta().protocol()
    assert (protocol.min_reader_version, protocol.min_writer_version) == (1, 2)
    id_field = lab.delta().schema().fields[0]
    assert (id_field.nullable, id_field.metadata) == (False, {"comment": "Names it."})


def test_new_columns_and_new_fields_of_objects_are_added_wherever_they_stand(lab: Lab) -> None:
    lab.ensure(BEFORE)
    wider = StructType([column("p", StringType()), column("q", IntegerType())])
    after = StructType(
        [
            column("id", LongType(), "Names it."),
            column("n", StringType(), "New."),
            column("o", wider),
            column("l", ArrayType(wider)),
        ]
    )
    version = lab.ensure(after)
    types = {field.name: field for field in lab.delta().schema().fields}
    assert list(types) == ["id", "o", "l", "n"]
    assert types["n"].metadata == {"comment": "New."}
    assert '"q"' in types["o"].type.to_json()
    assert '"q"' in types["l"].type.to_json()
    assert lab.ensure(after) == version


def test_comments_and_the_description_follow_the_contract_and_can_go(lab: Lab) -> None:
    lab.ensure(BEFORE)
    after = StructType(
        [column("id", LongType()), column("o", PART, "An object."), column("l", ArrayType(PART))]
    )
    version = lab.ensure(after, "Other things.")
    comments = [field.metadata.get("comment", "") for field in lab.delta().schema().fields]
    assert comments == ["", "An object.", ""]
    assert lab.delta().metadata().description == "Other things."
    assert lab.ensure(after, "Other things.") == version


def test_of_several_that_make_it_at_once_one_does(lab: Lab) -> None:
    with ThreadPoolExecutor(4) as pool:
        assert [one.result() for one in [pool.submit(lab.ensure, BEFORE) for _ in range(4)]] == [0] * 4


KEYED = StructType([column("lake_event_id", StringType(), null=False), column("n", LongType())])
TOLD = Announcement("silver/x", "x", "id", datetime(2026, 1, 1, tzinfo=UTC), 0, ())


class Keyed:
    """A table with a key, and handles on it as several drivers have them."""

    def __init__(self, storage: LakeStorage) -> None:
        self.path, self._storage = f"silver/{uuid.uuid4().hex}", storage
        self.table().ensure(KEYED, "Keys.")

    def table(self) -> SilverTable:
        return SilverTable(cast("Any", None), self._storage, self.path)

    def rows(self, **numbers: int) -> pa.Table:
        found = [{"lake_event_id": key, "n": n} for key, n in numbers.items()]
        return pa.Table.from_pylist(found, self.table().snapshot().shape)

    def now(self, *keys: str) -> dict[str, int]:
        found = self.table().snapshot().rows_with("lake_event_id", pa.array(keys, pa.string()), {})
        return {row["lake_event_id"]: row["n"] for row in found.to_pylist()}


@pytest.fixture
def keyed(storage: LakeStorage) -> Keyed:
    return Keyed(storage)


def test_a_merge_that_needs_a_file_that_is_gone_is_told_so_and_not_as_a_lost_race(
    keyed: Keyed, storage: LakeStorage
) -> None:
    keyed.table().snapshot().replace(keyed.rows(a=1), TOLD, 1)
    for entry in storage.objects().list(f"{keyed.path}/part-"):
        storage.objects().delete(entry.path)
    with pytest.raises(FilesMissing, match=keyed.path):
        keyed.table().snapshot().replace(keyed.rows(a=2), TOLD, 2)


def test_a_row_takes_the_place_of_the_one_with_its_key(keyed: Keyed) -> None:
    snapshot = keyed.table().snapshot()
    snapshot.append(keyed.rows(a=1, b=1), TOLD, 1)
    snapshot.replace(keyed.rows(b=2, c=2), TOLD, 2, promises=True)
    assert keyed.now("a", "b", "c", "d") == {"a": 1, "b": 2, "c": 2}
    assert keyed.now("a", "d") == {"a": 1}
    after = keyed.table().snapshot()
    assert (after.decision, after.promised) == (2, 2)
    (newest,) = keyed.table().newest()
    assert newest.version == 2


def test_of_two_that_replace_rows_of_one_version_one_is_refused(keyed: Keyed) -> None:
    first, second = keyed.table().snapshot(), keyed.table().snapshot()
    first.replace(keyed.rows(a=1), TOLD, 1)
    with pytest.raises(CommitConflict):
        second.replace(keyed.rows(b=2), TOLD, 1)
    assert keyed.now("a", "b") == {"a": 1}


def test_whose_rows_a_compaction_takes_away_decides_anew(keyed: Keyed) -> None:
    snapshot = keyed.table().snapshot()
    for number, key in enumerate("abc", start=1):
        snapshot.append(keyed.rows(**{key: number}), TOLD, number)
    assert keyed.table().compact(2).files_removed == 3
    with pytest.raises(CommitConflict):
        snapshot.replace(keyed.rows(b=9), TOLD, 4)
    keyed.table().snapshot().replace(keyed.rows(b=9), TOLD, 4)
    assert keyed.now("a", "b", "c") == {"a": 1, "b": 9, "c": 3}


TIMED = StructType(
    [
        column("lake_topic_id", StringType(), null=False),
        column("lake_partition", IntegerType(), null=False),
        column("Left At", TimestampType()),
    ]
)


def test_the_newest_times_are_those_of_all_files_by_partition(storage: LakeStorage) -> None:
    table = SilverTable(cast("Any", None), storage, f"silver/{uuid.uuid4().hex}")
    table.ensure(TIMED, "Times.")
    assert table.newest_times("left at") == {}
    early, late = datetime(2013, 1, 1, tzinfo=UTC), datetime(2013, 1, 2, microsecond=1, tzinfo=UTC)
    snapshot = table.snapshot()
    for number, (partition, time) in enumerate([(0, late), (0, early), (1, early), (1, None), (2, None)]):
        row = {"lake_topic_id": "topic", "lake_partition": partition, "Left At": time}
        snapshot.append(pa.Table.from_pylist([row], snapshot.shape), TOLD, number + 1)
    assert table.newest_times("left at") == {("topic", 0): late, ("topic", 1): early}


def test_files_that_can_say_nothing_new_are_not_read(
    storage: LakeStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = SilverTable(cast("Any", None), storage, f"silver/{uuid.uuid4().hex}")
    table.ensure(TIMED, "Times.")
    began = datetime(2013, 1, 1, tzinfo=UTC)
    snapshot = table.snapshot()
    for number in range(30):
        rows = [
            {"lake_topic_id": "topic", "lake_partition": at, "Left At": began + timedelta(hours=number)}
            for at in range(2)
        ]
        snapshot.append(pa.Table.from_pylist(rows, snapshot.shape), TOLD, number + 1)
    read: list[str] = []

    def reading(delta: DeltaTable, sizes: Mapping[str, int], schema: pa.Schema) -> Any:
        read.extend(sizes)
        return dataset_of(delta, sizes, schema)

    monkeypatch.setattr(module, "dataset_of", reading)
    latest = began + timedelta(hours=29)
    assert table.newest_times("left at") == {("topic", 0): latest, ("topic", 1): latest}
    assert len(read) == 8, "of 30, and not the others"


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.lists(
            st.tuples(st.sampled_from("aaaaab"), st.integers(0, 2), st.none() | st.integers(0, 20)),
            min_size=1,
            max_size=4,
        ),
        max_size=24,
    ),
    st.booleans(),
    st.integers(1, 3),
)
def test_the_newest_times_are_those_that_all_rows_have(
    files: list[list[tuple[str, int, int | None]]], statistics: bool, at_once: int
) -> None:
    began = datetime(2013, 1, 1, tzinfo=UTC)
    with tempfile.TemporaryDirectory() as folder:
        schema = pa.schema(
            [
                ("lake_topic_id", pa.string()),
                ("lake_partition", pa.int32()),
                ("at", pa.timestamp("us", "UTC")),
            ]
        )
        columns = {} if statistics else {"delta.dataSkippingNumIndexedCols": "0"}
        delta = DeltaTable.create(folder, schema, configuration=columns)
        expected: dict[tuple[str, int], datetime] = {}
        for rows in files:
            times = [None if at is None else began + timedelta(microseconds=at * 300) for _, _, at in rows]
            values = [
                dict(zip(schema.names, (topic, partition, time), strict=True))
                for (topic, partition, _), time in zip(rows, times, strict=True)
            ]
            write_deltalake(delta, pa.Table.from_pylist(values, schema), mode="append")
            for (topic, partition, _), time in zip(rows, times, strict=True):
                if time is not None:
                    expected[topic, partition] = max(time, expected.get((topic, partition), time))
        assert newest_times(delta, "at", at_once) == expected


WIDE = StructType(
    [
        *(column(f"field_{number}", LongType()) for number in range(40)),
        column("odd, name", LongType()),
        column("lake_event_id", StringType(), null=False),
        column("lake_before", PART),
    ]
)


def test_the_log_has_statistics_of_the_lakes_own_columns_however_wide_a_table_is(
    storage: LakeStorage,
) -> None:
    table = SilverTable(cast("Any", None), storage, f"silver/{uuid.uuid4().hex}")
    table.ensure(WIDE, "Wide.")
    snapshot = table.snapshot()
    row = {"field_0": 1, "odd, name": 1, "lake_event_id": "a"}
    snapshot.append(pa.Table.from_pylist([row], snapshot.shape), TOLD, 1)
    delta = DeltaTable(storage.uri(table.path), storage_options=storage.delta_options())
    [action] = pa.table(delta.get_add_actions(flatten=True)).to_pylist()
    assert (action["max.lake_event_id"], action["max.field_0"]) == ("a", 1)
    counted = [name for name in action if name.startswith("null_count.")]
    assert len(counted) == 32
    assert "null_count.odd, name" not in counted


def test_a_table_of_few_columns_has_what_the_log_does_by_itself(lab: Lab) -> None:
    lab.ensure(BEFORE)
    assert "delta.dataSkippingStatsColumns" not in lab.delta().metadata().configuration
