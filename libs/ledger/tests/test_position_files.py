"""What a table holds is known from its files, and each of them is read once."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from tidelake.ledger.position_files import OUTCOMES, PositionFiles
from tidelake.ledger.runs import first_offsets
from tidelake.tables.positions import Source

SCHEMA = pa.schema(
    [("topic_id", pa.string()), ("partition", pa.int32()), ("offset", pa.int64()), ("outcome", pa.string())]
)
AT = Source("t", 0)


def add(folder: Path, offsets: Sequence[int], outcome: str = "duplicate", partition: int = 0) -> None:
    rows = [{"topic_id": "t", "partition": partition, "offset": one, "outcome": outcome} for one in offsets]
    write_deltalake(str(folder), pa.Table.from_pylist(rows, SCHEMA), mode="append")


class Reading(PositionFiles):
    """Remembers what it read."""

    def __init__(self) -> None:
        super().__init__(OUTCOMES)
        self.read_files: list[str] = []

    def _read(self, path: str, files: object):
        self.read_files.append(path)
        return super()._read(path, files)


def test_rows_partitions_and_words_of_all_files_are_counted(tmp_path: Path) -> None:
    add(tmp_path, [1, 2, 3])
    add(tmp_path, [5], "quarantined", partition=1)
    found = PositionFiles(OUTCOMES).read(DeltaTable(str(tmp_path)))
    assert (found.version, found.rows, found.words) == (1, 4, {"duplicate": 3, "quarantined": 1})
    assert found.runs[AT].tolist() == [[1, 4]]
    assert found.runs[Source("t", 1)].tolist() == [[5, 6]]


def test_a_file_is_read_once_and_a_row_that_is_deleted_is_missed(tmp_path: Path) -> None:
    files = Reading()
    add(tmp_path, [1, 2, 3])
    files.read(DeltaTable(str(tmp_path)))
    add(tmp_path, [4])
    files.read(DeltaTable(str(tmp_path)))
    assert len(files.read_files) == len(set(files.read_files)) == 2
    DeltaTable(str(tmp_path)).delete("offset = 2")
    found = files.read(DeltaTable(str(tmp_path)))
    assert first_offsets(found.runs[AT], 9) == (1, 3, 4)
    assert (found.rows, len(files.read_files)) == (3, 3)


def test_what_was_read_is_read_anew_when_it_is_told_to_forget(tmp_path: Path) -> None:
    files = Reading()
    add(tmp_path, [1])
    files.read(DeltaTable(str(tmp_path)))
    files.forget()
    assert files.read(DeltaTable(str(tmp_path))).rows == 1
    assert len(files.read_files) == 2


def test_files_folded_into_one_say_the_same(tmp_path: Path) -> None:
    files = PositionFiles(OUTCOMES)
    for offset in range(4):
        add(tmp_path, [offset])
    before = files.read(DeltaTable(str(tmp_path)))
    DeltaTable(str(tmp_path)).optimize.compact()
    after = files.read(DeltaTable(str(tmp_path)))
    assert first_offsets(before.runs[AT], 9) == first_offsets(after.runs[AT], 9) == (0, 1, 2, 3)


@pytest.mark.parametrize("rows", [[], [7]])
def test_an_empty_file_is_no_trouble(tmp_path: Path, rows: list[int]) -> None:
    add(tmp_path, [])
    add(tmp_path, rows)
    assert PositionFiles(OUTCOMES).read(DeltaTable(str(tmp_path))).rows == len(rows)
