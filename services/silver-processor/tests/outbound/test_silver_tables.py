"""A table follows what its contract says: columns, fields of objects, comments; else it is left alone."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import pytest
from deltalake import DeltaTable
from pyspark.sql.types import ArrayType, IntegerType, LongType, StringType, StructField, StructType
from silver_processor.outbound.silver_tables import SilverTable
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
