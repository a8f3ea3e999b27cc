"""The positions of lines are read out of bronze's headers."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from tidelake.ledger.origins import ORIGINS, origin_of
from tidelake.ledger.position_files import PositionFiles
from tidelake.tables.bronze import HEADERS_TYPE
from tidelake.tables.positions import Source

Header = tuple[str, bytes | None]
SCHEMA = pa.schema([("headers", HEADERS_TYPE), ("offset", pa.int64())])


def add(folder: Path, rows: Sequence[Sequence[Header]]) -> None:
    headers = [[{"key": name, "value": value} for name, value in row] for row in rows]
    table = pa.table({"headers": headers, "offset": range(len(rows))}, SCHEMA)
    write_deltalake(str(folder), table, mode="append")


def test_each_row_counts_for_the_line_that_its_first_ce_id_names(tmp_path: Path) -> None:
    add(
        tmp_path,
        [
            [("ce_id", b"abc-_1/0/7"), ("ce_id", b"abc-_1/0/99")],
            [("host", b"abc-_1/0/50"), ("ce_id", b"abc-_1/3/8")],
            [("ce_id", b"abc-_1/0/7")],
        ],
    )
    add(tmp_path, [[("ce_id", b"abc-_1/0/8")]])
    found = PositionFiles(ORIGINS).read(DeltaTable(str(tmp_path)))
    runs = found.runs[Source("abc-_1", 0)].tolist()
    assert sorted(offset for first, end in runs for offset in range(first, end)) == [7, 7, 8]
    assert found.runs[Source("abc-_1", 3)].tolist() == [[8, 9]]
    assert found.rows == 4


def test_rows_that_no_router_made_are_rows_of_no_line(tmp_path: Path) -> None:
    add(
        tmp_path,
        [[], [("ce_id", None)], [("ce_id", b"\xff/0/1")], [("ce_id", b'["UA",1]')], [("a", b"x/0/1")]],
    )
    found = PositionFiles(ORIGINS).read(DeltaTable(str(tmp_path)))
    assert (found.rows, found.runs) == (5, {})


@pytest.mark.parametrize("text", [None, b"", b"a/0", b"a/-1/2", b"a/0/1/2", b"a/0/" + b"9" * 30, b"a/0/1\n"])
def test_what_is_no_position_is_none(text: bytes | None) -> None:
    assert origin_of(text) is None


def test_the_largest_offset_that_is_read_fits_a_column(tmp_path: Path) -> None:
    add(tmp_path, [[("ce_id", b"t/0/" + b"9" * 18)]])
    found = PositionFiles(ORIGINS).read(DeltaTable(str(tmp_path)))
    assert found.runs[Source("t", 0)].dtype == np.int64


def test_positions_that_need_no_keeping_are_forgotten_and_new_files_are_read_whole(
    tmp_path: Path,
) -> None:
    files, at = PositionFiles(ORIGINS), Source("t", 0)
    add(tmp_path, [[("ce_id", b"t/0/%d" % offset)] for offset in range(5)])
    files.read(DeltaTable(str(tmp_path)))
    files.forget_below({at: 3})
    assert files.read(DeltaTable(str(tmp_path))).runs[at].tolist() == [[3, 5]]
    files.forget_below({at: 9})
    add(tmp_path, [[("ce_id", b"t/0/1")]])
    assert files.read(DeltaTable(str(tmp_path))).runs[at].tolist() == [[1, 2]]
