from collections.abc import Generator
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from tidelake.ledger.bronze_reader import BronzeRows, read_bronze
from tidelake.tables.positions import Source

HERE = Source("topic-a", 0)


@pytest.fixture
def bronze(tmp_path: Path) -> Generator[BronzeRows]:
    rows = pa.table(
        {
            "topic_id": ["topic-a", "topic-a", "topic-a", "topic-b", "topic-a"],
            "partition": pa.array([0, 0, 1, 0, 0], pa.int32()),
            "offset": pa.array([5, 6, 0, 0, 6], pa.int64()),
            "key": pa.array([b"x", b"y", b"x", None, b"y"], pa.binary()),
        }
    )
    tokens = [Transaction(HERE.app_id, 7), Transaction(HERE.first_app_id, 5)]
    path = str(tmp_path / "bronze")
    write_deltalake(path, rows, commit_properties=CommitProperties(app_transactions=tokens))
    with read_bronze(DeltaTable(path), "bronze") as found:
        yield found


def test_a_partition_has_its_rows_and_the_table_s_own_tokens(bronze: BronzeRows):
    found = bronze.partition(HERE)
    assert sorted(found.offsets.tolist()) == [5, 6, 6]
    assert (found.first_covered, found.next_offset) == (5, 7)


def test_a_partition_that_was_never_written_has_nothing(bronze: BronzeRows):
    found = bronze.partition(Source("topic-a", 9))
    assert (found.offsets.tolist(), found.first_covered, found.next_offset) == ([], None, None)


def test_rows_of_earlier_incarnations_of_the_topic_are_told_apart(bronze: BronzeRows):
    assert bronze.of_other_topics("topic-a") == {"topic-b": 1}


def test_ids_are_the_keys_and_rows_without_one_are_counted(bronze: BronzeRows):
    found = bronze.ids()
    assert (found.rows, found.distinct, found.without) == (5, 2, 1)
